"""Who may call: every route declares one of `public`, `reader`, `user`, `person`, `admin` and `operator`.

What it declares also counts the call, by account or else by address, against the route's limits, and decides which
scope a personal access token needs: no route names one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Annotated, Protocol, runtime_checkable
from uuid import UUID

from fastapi import Depends
from fastapi.security import OAuth2PasswordBearer
from starlette.requests import HTTPConnection

from app.core.client import client_address, is_from_here, network_of
from app.core.errors import ApiError
from app.core.lifespan import state_of
from app.core.limits import limits_of
from app.core.registry import ServiceNotRunning
from app.core.tickets import ticket_of


class Role(StrEnum):
    """What an account is allowed, in rising order."""

    guest = "guest"
    user = "user"
    admin = "admin"


class Scope(StrEnum):
    """What a call does: a role has some of these, and a personal access token at most those of its account's role."""

    read = "read"
    write = "write"
    admin = "admin"


SCOPES: Mapping[Role, frozenset[Scope]] = {
    Role.guest: frozenset({Scope.read}),
    Role.user: frozenset({Scope.read, Scope.write}),
    Role.admin: frozenset(Scope),
}
"""What each role may do."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sent a request; an anonymous reader has no id and the role guest.

    Attributes:
        user_id: The account; None for an anonymous reader.
        username: Its name.
        role: What the caller may act as: the role of the account, or less with a personal access token.
        session_id: The session of the access token.
        token_id: The personal access token that was presented instead of one.
        granted: What that token is for; None without one.
        expires_at: When that token ends; None if it does not.
        token_hash: What that token is known by.
    """

    user_id: UUID | None
    username: str
    role: Role
    session_id: UUID | None = None
    token_id: UUID | None = None
    granted: frozenset[Scope] | None = None
    expires_at: datetime | None = None
    token_hash: bytes | None = field(default=None, repr=False)

    @property
    def account(self) -> UUID:
        """The id of the account.

        Raises:
            NotAuthenticated: The caller is anonymous.
        """
        if self.user_id is None:
            raise NotAuthenticated("Log in first.")
        return self.user_id

    @property
    def scopes(self) -> frozenset[Scope]:
        """What the caller may do."""
        return SCOPES[self.role] if self.granted is None else SCOPES[self.role] & self.granted


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
        """Return who presented this access token, or personal access token.

        Args:
            token: The token.
            reading: The caller only reads: a session that was alive a moment ago is trusted while the database
                that knows is away. Whatever writes fails closed.

        Raises:
            NotAuthenticated: The token is not valid, or not any more.
        """

    async def redeem(self, ticket: str) -> Caller:
        """Return who was given this stream ticket, which is used up by it.

        Raises:
            NotAuthenticated: It was used before, has expired, or its session has ended.
        """

    async def again(self, caller: Caller) -> Caller:
        """Return the same caller as it is now: with the role of now.

        Raises:
            NotAuthenticated: Its session or token has ended.
        """


bearer = OAuth2PasswordBearer(tokenUrl="/api/auth/token", auto_error=False)
Token = Annotated[str | None, Depends(bearer)]


async def public(connection: HTTPConnection) -> Caller:
    """Anybody may call, and no token is looked at."""
    return await counted(connection, ANONYMOUS)


async def reader(connection: HTTPConnection, token: Token) -> Caller:
    """A caller that may read, or anybody where the settings allow anonymous reading.

    Raises:
        NotAuthenticated: The token is bad, or it is missing and anonymous reading is off.
        NotAllowed: The token is not for reading.
    """
    if token is None and ticket_of(connection) is None and state_of(connection)["settings"].anonymous_read:
        return await counted(connection, ANONYMOUS)
    return await authorised(connection, token, Scope.read, reading=True)


async def user(connection: HTTPConnection, token: Token) -> Caller:
    """A caller that may read, for GET, or else write, which a guest may not.

    Raises:
        NotAuthenticated: The token is missing or bad.
        NotAllowed: The caller is a guest, or the token is not for this.
    """
    reading = only_reads(connection)
    return await authorised(connection, token, Scope.read if reading else Scope.write, reading=reading)


async def person(connection: HTTPConnection, token: Token) -> Caller:
    """Somebody who logged in, of whatever role: what concerns the account itself is closed to scripts.

    Raises:
        NotAuthenticated: The token is missing or bad.
        NotAllowed: The caller came with a personal access token.
    """
    caller = await authenticated(connection, token, reading=only_reads(connection))
    if caller.token_id is not None:
        raise NotAllowed("A personal access token may not do this: log in at /api/auth/login.")
    return caller


async def admin(connection: HTTPConnection, token: Token) -> Caller:
    """An administrator, whose personal access token is for administration.

    Raises:
        NotAuthenticated: The token is missing or bad.
        NotAllowed: The caller is not an administrator, or the token is not for this.
    """
    return await authorised(connection, token, Scope.admin, reading=only_reads(connection))


async def operator(connection: HTTPConnection, token: Token) -> Caller:
    """An administrator, or a program on this machine that asks directly and not through a proxy.

    Raises:
        NotAuthenticated: It is neither, and the token is missing or bad.
        NotAllowed: The caller is not an administrator.
    """
    if token is None and is_from_here(connection.scope):
        return await counted(connection, ANONYMOUS)
    return await admin(connection, token)


def only_reads(connection: HTTPConnection) -> bool:
    """Whether the method of the request changes nothing."""
    return connection.scope.get("method") in ("GET", "HEAD")


async def authorised(connection: HTTPConnection, token: str | None, scope: Scope, *, reading: bool) -> Caller:
    """Return who presented the token or ticket if they may do what `scope` says; a stream asks again as it goes on.

    Raises:
        NotAuthenticated: The token is missing or bad.
        NotAllowed: It is not for this.
    """
    caller = allowed(await authenticated(connection, token, reading=reading), scope)
    connection.scope["state"]["still_allowed"] = partial(still_allowed, connection, caller, scope)
    return caller


async def still_allowed(connection: HTTPConnection, caller: Caller, scope: Scope) -> bool:
    """Whether what this caller was let in for would still be allowed; it is asked again if nobody can tell now."""
    try:
        gatekeeper = state_of(connection)["registry"].get("gatekeeper", Authenticator)
        return scope in (await gatekeeper.again(caller)).scopes
    except NotAuthenticated:
        return False
    except ServiceNotRunning:
        return True


def allowed(caller: Caller, scope: Scope) -> Caller:
    """Return the caller if it may do what `scope` says.

    Raises:
        NotAllowed: Its role does not allow that, or its personal access token is not for it.
    """
    if scope in caller.scopes:
        return caller
    if caller.granted is not None and scope not in caller.granted:
        raise NotAllowed(f"This token is not for that: make one with the scope '{scope}' at POST /api/auth/tokens.")
    if scope is Scope.admin:
        raise NotAllowed("Only an administrator may do this.")
    raise NotAllowed("A guest may only read: an administrator can make it a user.")


async def authenticated(connection: HTTPConnection, token: str | None, *, reading: bool) -> Caller:
    """Return who presented the token or ticket. A call without a good one counts as well, by address.

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
    """Ask Gatekeeper whose token or ticket this is; see `authenticated`."""
    ticket = ticket_of(connection) if token is None else None
    if token is None and ticket is None:
        raise NotAuthenticated("Send a token: log in at /api/auth/login, then 'Authorization: Bearer <access_token>'.")
    gatekeeper = state_of(connection)["registry"].get("gatekeeper", Authenticator)
    if ticket is not None:
        return await gatekeeper.redeem(ticket)
    return await gatekeeper.authenticate(token or "", reading=reading)


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


ACCESS = (public, reader, user, person, admin, operator)
"""Every route has exactly one of these among its dependencies; a test walks the route table."""

Reader = Annotated[Caller, Depends(reader)]
User = Annotated[Caller, Depends(user)]
Person = Annotated[Caller, Depends(person)]
Admin = Annotated[Caller, Depends(admin)]
