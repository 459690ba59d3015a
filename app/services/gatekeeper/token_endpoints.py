"""Sessions, personal access tokens and stream tickets of the caller, over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from app.core.access import NotAllowed, NotAuthenticated, Person
from app.core.errors import responses
from app.services.gatekeeper.admin_schemas import Page
from app.services.gatekeeper.endpoints import GatekeeperDep
from app.services.gatekeeper.errors import TooManyTokens, UnknownSession, UnknownToken
from app.services.gatekeeper.models import Session
from app.services.gatekeeper.origin import OriginDep
from app.services.gatekeeper.tickets import LIFE_SECONDS
from app.services.gatekeeper.token_schemas import NewToken, SessionOut, Ticket, TokenOut, TokenRequest

router = APIRouter(prefix="/api/auth", tags=["auth"], responses=responses(NotAuthenticated, NotAllowed))

PageDep = Annotated[Page, Query()]


@router.get("/sessions", summary="Where I am logged in")
async def list_sessions(
    response: Response, gatekeeper: GatekeeperDep, caller: Person, page: PageDep
) -> list[SessionOut]:
    """List the live sessions of the caller, the last used first; their number is in X-Total-Count."""
    total, found = await gatekeeper.sessions.of(caller, page.limit, page.offset)
    response.headers["X-Total-Count"] = str(total)
    return [shown(item, caller.session_id) for item in found]


@router.delete("/sessions/{session_id}", summary="End a session", responses=responses(UnknownSession))
async def end_session(gatekeeper: GatekeeperDep, origin: OriginDep, caller: Person, session_id: UUID) -> SessionOut:
    """Log the caller out somewhere: the tokens of that session are dead at once. Return what it was."""
    return shown(await gatekeeper.sessions.end(caller, session_id, origin), caller.session_id)


@router.post("/stream-ticket", summary="Get a ticket for a stream")
async def stream_ticket(gatekeeper: GatekeeperDep, caller: Person) -> Ticket:
    """Give what opens one stream with `?ticket=`, within 30 s: a browser's EventSource cannot send a token."""
    assert caller.session_id is not None  # noqa: S101 - tells the type checker what `person` guarantees
    return Ticket(ticket=await gatekeeper.tickets.give(caller.session_id), expires_in=LIFE_SECONDS)


@router.get("/tokens", summary="My personal access tokens")
async def list_tokens(response: Response, gatekeeper: GatekeeperDep, caller: Person, page: PageDep) -> list[TokenOut]:
    """List the personal access tokens of the caller, the newest first; their number is in X-Total-Count."""
    total, found = await gatekeeper.personal_tokens.of(caller, page.limit, page.offset)
    response.headers["X-Total-Count"] = str(total)
    return [TokenOut.model_validate(item) for item in found]


@router.post("/tokens", summary="Make a personal access token", responses=responses(TooManyTokens))
async def make_token(gatekeeper: GatekeeperDep, origin: OriginDep, caller: Person, request: TokenRequest) -> NewToken:
    """Make a token for a script or an MCP server. It is shown this once: what is kept tells nothing of it.

    With `read` it searches and reads, with `write` it changes what its account may change, with `admin` it
    administrates. None of them manages tokens, sessions or the account itself.
    """
    row, token = await gatekeeper.personal_tokens.make(caller, request, origin)
    return NewToken(**TokenOut.model_validate(row).model_dump(), token=token)


@router.delete("/tokens/{token_id}", summary="Delete a personal access token", responses=responses(UnknownToken))
async def delete_token(gatekeeper: GatekeeperDep, origin: OriginDep, caller: Person, token_id: UUID) -> TokenOut:
    """Delete a token: it is dead at once. Return what it was."""
    return TokenOut.model_validate(await gatekeeper.personal_tokens.delete(caller, token_id, origin))


def shown(row: Session, current: UUID | None) -> SessionOut:
    """Return a session as it is shown to the caller whose own is `current`."""
    return SessionOut.model_validate(row).model_copy(update={"current": row.id == current})
