"""Gatekeeper's room over HTTP."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Body, Depends
from fastapi.security import OAuth2PasswordRequestForm
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.access import NotAuthenticated, User, public
from app.core.errors import responses
from app.core.lifespan import running
from app.core.limits import Rate, limits
from app.services.gatekeeper.errors import EmailTaken, InvalidRefreshToken, UsernameTaken, WrongCredentials
from app.services.gatekeeper.schemas import (
    Greeting,
    Login,
    Logout,
    Message,
    Profile,
    Refresh,
    Registration,
    TokenPair,
    UserOut,
)
from app.services.gatekeeper.service import Gatekeeper, account_of

router = APIRouter(tags=["auth"])

GatekeeperDep = Annotated[Gatekeeper, Depends(running("gatekeeper", Gatekeeper))]
WRONG = responses(WrongCredentials)
TOKEN = responses(NotAuthenticated)


async def open_session(gatekeeper: GatekeeperDep) -> AsyncIterator[AsyncSession]:
    """Yield the transaction of the request; it is committed before the answer is sent."""
    async with gatekeeper.database.transaction() as session:
        yield session


SessionDep = Annotated[AsyncSession, Depends(open_session, scope="function")]


@router.post(
    "/api/auth/register",
    dependencies=[Depends(public)],
    summary="Make an account",
    responses=responses(UsernameTaken, EmailTaken),
)
@limits(Rate.auth)
async def register(gatekeeper: GatekeeperDep, session: SessionDep, request: Registration) -> UserOut:
    """Make an account. In development the first one becomes an administrator."""
    return UserOut.model_validate(await gatekeeper.register(session, request))


@router.post("/api/auth/login", dependencies=[Depends(public)], summary="Log in", responses=WRONG)
@limits(Rate.auth)
async def login(gatekeeper: GatekeeperDep, request: Login) -> TokenPair:
    """Begin a session with a user name (or e-mail address) and a password."""
    return TokenPair.model_validate(await gatekeeper.login(request.username, request.password))


@router.post("/api/auth/token", dependencies=[Depends(public)], summary="Log in with a form", responses=WRONG)
@limits(Rate.auth)
async def token(gatekeeper: GatekeeperDep, form: Annotated[OAuth2PasswordRequestForm, Depends()]) -> TokenPair:
    """Do the same as login, as an OAuth2 password form: what the Authorize button sends."""
    return TokenPair.model_validate(await gatekeeper.login(form.username, form.password))


@router.post(
    "/api/auth/refresh",
    dependencies=[Depends(public)],
    summary="Get a new pair of tokens",
    responses=responses(InvalidRefreshToken),
)
async def refresh(gatekeeper: GatekeeperDep, request: Refresh) -> TokenPair:
    """Replace a refresh token. Within 30 s a second use gets the same new pair; later it ends the session."""
    return TokenPair.model_validate(await gatekeeper.refresh(request.refresh_token))


@router.post("/api/auth/logout", summary="Log out", responses=TOKEN)
async def logout(gatekeeper: GatekeeperDep, caller: User, request: Annotated[Logout | None, Body()] = None) -> Message:
    """End the session: its access and refresh tokens are dead at once."""
    await gatekeeper.logout(caller, request.refresh_token if request else None)
    return Message(message="Successfully logged out")


@router.get("/api/auth/me", summary="My account", responses=TOKEN)
async def me(gatekeeper: GatekeeperDep, session: SessionDep, caller: User) -> UserOut:
    """Return the account of the caller."""
    return UserOut.model_validate(await gatekeeper.profile(session, caller))


@router.patch("/api/auth/me", summary="Change my account", responses=TOKEN | responses(EmailTaken))
async def change_me(gatekeeper: GatekeeperDep, session: SessionDep, caller: User, request: Profile) -> UserOut:
    """Change e-mail address or full name; fields that are left out stay as they are."""
    changes = request.model_dump(exclude_unset=True)
    return UserOut.model_validate(await gatekeeper.change_profile(session, caller, changes))


@router.get("/api/protected", summary="Greet a logged-in caller", responses=TOKEN)
async def protected(caller: User) -> Greeting:
    """Say hello: the quickest way to see whether a token works."""
    greeting = f"Hello {caller.username}!"
    return Greeting(message=greeting, user_id=account_of(caller), username=caller.username, role=caller.role)
