"""Registering, logging in and out, and one's own account, over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Form

from app.core.access import NotAllowed, NotAuthenticated, Person, User, public
from app.core.errors import responses
from app.core.lifespan import running
from app.core.limits import Rate, limits
from app.services.gatekeeper.errors import (
    EmailTaken,
    InvalidRefreshToken,
    LoginThrottled,
    PasswordTooEasy,
    TooManyLogins,
    UsernameTaken,
    WrongCredentials,
    WrongPassword,
)
from app.services.gatekeeper.origin import OriginDep
from app.services.gatekeeper.schemas import (
    Greeting,
    Login,
    LoginForm,
    Logout,
    Message,
    NewPasswordRequest,
    PasswordChanged,
    Profile,
    Refresh,
    Registration,
    TokenPair,
    UserOut,
)
from app.services.gatekeeper.service import Gatekeeper

router = APIRouter(tags=["auth"])

GatekeeperDep = Annotated[Gatekeeper, Depends(running("gatekeeper", Gatekeeper))]
LOGIN = responses(WrongCredentials, LoginThrottled, TooManyLogins)
TOKEN = responses(NotAuthenticated)


@router.post(
    "/api/auth/register",
    dependencies=[Depends(public)],
    summary="Make an account",
    responses=responses(UsernameTaken, EmailTaken, TooManyLogins),
)
@limits(Rate.auth)
async def register(gatekeeper: GatekeeperDep, origin: OriginDep, request: Registration) -> UserOut:
    """Make an account. In development the first one becomes an administrator."""
    return UserOut.model_validate(await gatekeeper.accounts.register(request, origin))


@router.post("/api/auth/login", dependencies=[Depends(public)], summary="Log in", responses=LOGIN)
@limits(Rate.auth)
async def login(gatekeeper: GatekeeperDep, origin: OriginDep, request: Login) -> TokenPair:
    """Begin a session with a user name (or e-mail address) and a password."""
    return TokenPair.model_validate(await gatekeeper.logins.login(request.username, request.password, origin))


@router.post("/api/auth/token", dependencies=[Depends(public)], summary="Log in with a form", responses=LOGIN)
@limits(Rate.auth)
async def token(gatekeeper: GatekeeperDep, origin: OriginDep, form: Annotated[LoginForm, Form()]) -> TokenPair:
    """Do the same as login, as an OAuth2 password form: what the Authorize button sends."""
    return TokenPair.model_validate(await gatekeeper.logins.login(form.username, form.password, origin))


@router.post(
    "/api/auth/refresh",
    dependencies=[Depends(public)],
    summary="Get a new pair of tokens",
    responses=responses(InvalidRefreshToken),
)
async def refresh(gatekeeper: GatekeeperDep, origin: OriginDep, request: Refresh) -> TokenPair:
    """Replace a refresh token. Within 30 s a second use gets the same new pair; later it ends the session."""
    return TokenPair.model_validate(await gatekeeper.sessions.refresh(request.refresh_token, origin))


@router.post("/api/auth/logout", summary="Log out", responses=TOKEN | responses(NotAllowed))
async def logout(
    gatekeeper: GatekeeperDep, origin: OriginDep, caller: Person, request: Annotated[Logout | None, Body()] = None
) -> Message:
    """End the session: its access and refresh tokens are dead at once."""
    await gatekeeper.sessions.logout(caller, request.refresh_token if request else None, origin)
    return Message(message="Successfully logged out")


@router.post(
    "/api/auth/change-password",
    summary="Change my password",
    responses=TOKEN | responses(NotAllowed, WrongPassword, PasswordTooEasy, LoginThrottled, TooManyLogins),
)
@limits(Rate.auth)
async def change_password(
    gatekeeper: GatekeeperDep, origin: OriginDep, caller: Person, request: NewPasswordRequest
) -> PasswordChanged:
    """Replace the password. Every other session ends; personal access tokens go on unless `revoke_tokens` is true."""
    return await gatekeeper.logins.change_password(caller, request, origin)


@router.get("/api/auth/me", summary="My account", responses=TOKEN)
async def me(gatekeeper: GatekeeperDep, caller: User) -> UserOut:
    """Return the account of the caller."""
    return UserOut.model_validate(await gatekeeper.accounts.profile(caller))


@router.patch("/api/auth/me", summary="Change my account", responses=TOKEN | responses(NotAllowed, EmailTaken))
async def change_me(gatekeeper: GatekeeperDep, origin: OriginDep, caller: Person, request: Profile) -> UserOut:
    """Change e-mail address or full name; fields that are left out stay as they are."""
    changes = request.model_dump(exclude_unset=True)
    return UserOut.model_validate(await gatekeeper.accounts.change_profile(caller, changes, origin))


@router.get("/api/protected", summary="Greet a logged-in caller", responses=TOKEN)
async def protected(caller: User) -> Greeting:
    """Say hello: the quickest way to see whether a token works."""
    greeting = f"Hello {caller.username}!"
    return Greeting(message=greeting, user_id=caller.account, username=caller.username, role=caller.role)
