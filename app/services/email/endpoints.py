"""Mail accounts over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Path, Query, Request, Response

from app.core.access import NotAllowed, NotAuthenticated, User, reader
from app.core.errors import responses
from app.core.lifespan import running, state_of
from app.core.limits import Rate, limits
from app.core.registry import ServiceNotRunning
from app.services.email.errors import CredentialsUnreadable, TooManyAccounts, UnknownAccount
from app.services.email.schemas import AccountChange, AccountIn, AccountOut, AccountReport, EmailStatus
from app.services.email.service import Email

router = APIRouter(prefix="/api/email", tags=["email"], responses=responses(NotAuthenticated, NotAllowed))

EmailDep = Annotated[Email, Depends(running("email", Email))]
Number = Annotated[int, Path(ge=1, le=2**63 - 1)]
Limit = Annotated[int, Query(ge=1, le=200)]
Offset = Annotated[int, Query(ge=0, le=10**9)]
TOTAL = "X-Total-Count"
NO_CHANGE = AccountChange()


@router.get("/status", dependencies=[Depends(reader)], summary="How the mail room is")
async def get_status(request: Request) -> EmailStatus:
    """Return whether mail can be sent and read, and how much there is to do, of all users together."""
    registry = state_of(request)["registry"]
    found = registry.status()["email"]
    try:
        figures = await registry.get("email", Email).messages.figures()
    except ServiceNotRunning:
        figures = dict.fromkeys(("accounts", "failing", "waiting"), 0)
    return EmailStatus(status=found.state, reason=found.reason, **figures)


@router.get("/accounts", summary="List my mail accounts")
async def list_accounts(
    response: Response, email: EmailDep, caller: User, limit: Limit = 50, offset: Offset = 0
) -> list[AccountOut]:
    """Return the mail accounts of the caller, without their passwords; X-Total-Count has how many."""
    total, found = await email.accounts.listed(caller.account, limit, offset)
    response.headers[TOTAL] = str(total)
    return [shown(account) for account in found]


@router.post("/accounts", summary="Add a mail account", responses=responses(TooManyAccounts))
async def add_account(email: EmailDep, caller: User, given: AccountIn) -> AccountOut:
    """Keep an account of the caller; its passwords are encrypted, and never shown again.

    Nothing is connected to yet: `POST accounts/{id}/test` tries it. Servers that are not public are refused unless
    OUTBOUND_ALLOWED_NETWORKS names their network.
    """
    return shown(await email.accounts.add(caller.account, given))


@router.get("/accounts/{account_id}", summary="One mail account", responses=responses(UnknownAccount))
async def get_account(email: EmailDep, caller: User, account_id: Number) -> AccountOut:
    """Return an account of the caller, without its passwords."""
    return shown(await email.accounts.one(caller.account, account_id))


@router.patch(
    "/accounts/{account_id}",
    summary="Change a mail account",
    responses=responses(UnknownAccount, CredentialsUnreadable),
)
async def change_account(
    email: EmailDep, caller: User, account_id: Number, given: Annotated[AccountChange, Body()] = NO_CHANGE
) -> AccountOut:
    """Change what is given of an account; a server is replaced whole, with its password."""
    return shown(await email.accounts.change(caller.account, account_id, given))


@router.delete("/accounts/{account_id}", summary="Delete a mail account", responses=responses(UnknownAccount))
async def delete_account(email: EmailDep, caller: User, account_id: Number) -> AccountOut:
    """Delete an account with its mail and its batches here; nothing is deleted at the mail server."""
    return shown(await email.accounts.remove(caller.account, account_id))


@router.post(
    "/accounts/{account_id}/test",
    summary="Try a mail account",
    responses=responses(UnknownAccount, CredentialsUnreadable),
)
@limits(Rate.expensive)
async def test_account(email: EmailDep, caller: User, account_id: Number) -> AccountReport:
    """Log in at the servers of an account, and say of each whether that works, or why not."""
    return await email.accounts.test(caller.account, account_id)


def shown(account: object) -> AccountOut:
    """Return an account as it is shown."""
    return AccountOut.model_validate(account, from_attributes=True)
