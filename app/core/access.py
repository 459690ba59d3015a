"""Who may call: every route declares one of `public`, `reader`, `user`, `admin` and `operator`.

What it declares also counts the call, by account or else by address, against the route's limits.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Protocol, runtime_checkable
from uuid import UUID

from fastapi import Depends
from fastapi.security import OAuth2PasswordBearer
from starlette.requests import HTTPConnection

from app.core.client import client_address, is_loopback, network_of
from app.core.errors import ApiError
from app.core.lifespan import state_of
from app.core.limits import limits_of


class Role(StrEnum):
    """What an account is allowed, in rising order."""

    guest = "guest"
    user = "user"
    admin = "admin"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sent a request; an anonymous reader has no id and the role guest."""

    user_id: UUID | None
    username: str
    role: Role
    session_id: UUID | None = None
    scopes: tuple[str, ...] = ()


ANONYMOUS = Caller(user_id=None, username="anonymous", role=Role.guest)


class NotAuthenticated(ApiError):
    """No token, or one that is malformed, expired or revoked."""

    status = 401
    code = "not_authenticated"
    title = "Not authenticated"

    def __init__(self, detail: str) -> None:
        super().__init__(detail, headers={"WWW-Authenticate": "Bearer"})


class NotAllowed(ApiError):
    """The caller is known and may not do this."""

    status = 403
    code = "not_allowed"
    title = "Not allowed"


@runtime_checkable
class Authenticator(Protocol):
    """The service that knows tokens: Gatekeeper."""

    async def authenticate(self, token: str, *, reading: bool) -> Caller:
        """Return who presented this access token.

        Args:
            token: The token.
            reading: The caller only reads: a session that was alive a moment ago is trusted while the database
                that knows is away. Whatever writes fails closed.

        Raises:
            NotAuthenticated: The token is not valid, or not any more.
        """


bearer = OAuth2PasswordBearer(tokenUrl="/api/auth/token", auto_error=False)
Token = Annotated[str | None, Depends(bearer)]

FORWARDING = frozenset(
    {b"forwarded", b"via", b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto", b"x-real-ip"}
)
"""A request with one of these came through a proxy: its sender may be anywhere."""


async def public(connection: HTTPConnection) -> Caller:
    """Anybody may call, and no token is looked at."""
    return await counted(connection, ANONYMOUS)


async def reader(connection: HTTPConnection, token: Token) -> Caller:
    """A caller with a token, or anybody where the settings allow anonymous reading.

    Raises:
        NotAuthenticated: The token is bad, or it is missing and anonymous reading is off.
    """
    if token is None and state_of(connection)["settings"].anonymous_read:
        return await counted(connection, ANONYMOUS)
    return await authenticated(connection, token, reading=True)


async def user(connection: HTTPConnection, token: Token) -> Caller:
    """A caller with a valid token.

    Raises:
        NotAuthenticated: The token is missing or bad.
    """
    return await authenticated(connection, token, reading=connection.scope.get("method") in ("GET", "HEAD"))


async def authenticated(connection: HTTPConnection, token: str | None, *, reading: bool) -> Caller:
    """Return who presented the token. A call without a good one counts as well, by address.

    Raises:
        NotAuthenticated: The token is missing or bad.
    """
    try:
        caller = await identified(connection, token, reading=reading)
    except NotAuthenticated:
        await counted(connection, ANONYMOUS)
        raise
    return await counted(connection, caller)


async def identified(connection: HTTPConnection, token: str | None, *, reading: bool) -> Caller:
    """Ask Gatekeeper whose token this is; see `authenticated`."""
    if token is None:
        raise NotAuthenticated("Send a token: log in at /api/auth/login, then 'Authorization: Bearer <access_token>'.")
    gatekeeper = state_of(connection)["registry"].get("gatekeeper", Authenticator)
    return await gatekeeper.authenticate(token, reading=reading)


async def counted(connection: HTTPConnection, caller: Caller) -> Caller:
    """Count this call against the limits of its route; return the caller.

    Raises:
        RateLimited: The caller used them up.
    """
    scope, rates = connection.scope, state_of(connection)["rates"]
    rate = limits_of(scope).rate
    if rates.enforces(rate):
        name = str(caller.user_id) if caller.user_id else network_of(client_address(scope))
        scope["state"]["standing"] = await rates.spend(rate, name)
    return caller


async def admin(caller: Annotated[Caller, Depends(user)]) -> Caller:
    """A caller whose role is admin.

    Raises:
        NotAuthenticated: The token is missing or bad.
        NotAllowed: The caller is not an administrator.
    """
    if caller.role is not Role.admin:
        raise NotAllowed("Only an administrator may do this.")
    return caller


async def operator(connection: HTTPConnection, token: Token) -> Caller:
    """An administrator, or a program on this machine that asks directly and not through a proxy.

    Raises:
        NotAuthenticated: It is neither, and the token is missing or bad.
        NotAllowed: The caller is not an administrator.
    """
    direct = FORWARDING.isdisjoint(name for name, _ in connection.scope["headers"])
    if token is None and direct and is_loopback(client_address(connection.scope)):
        return await counted(connection, ANONYMOUS)
    return await admin(await user(connection, token))


ACCESS = (public, reader, user, admin, operator)
"""Every route has exactly one of these among its dependencies; a test walks the route table."""

Reader = Annotated[Caller, Depends(reader)]
User = Annotated[Caller, Depends(user)]
Admin = Annotated[Caller, Depends(admin)]
