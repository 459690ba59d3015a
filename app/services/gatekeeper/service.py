"""Gatekeeper as a service: its parts, and telling who sent a request."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID

from app.core.access import Caller, NotAuthenticated, Role
from app.core.accounts import Removal
from app.core.cache import Cache
from app.core.registry import Context
from app.core.settings import Environment
from app.db.database import Database
from app.db.faults import is_unreachable
from app.db.listening import listening
from app.services.gatekeeper import revocations, session_repository
from app.services.gatekeeper.accounts import Accounts
from app.services.gatekeeper.administration import Administration
from app.services.gatekeeper.cleaning import Cleaning, keep_writing
from app.services.gatekeeper.failures import Failures, SharedFailures
from app.services.gatekeeper.live_callers import Credential, LiveCallers
from app.services.gatekeeper.logins import Logins
from app.services.gatekeeper.password_hasher import PasswordHasher
from app.services.gatekeeper.personal_tokens import WELL_FORMED, PersonalTokens, hash_of
from app.services.gatekeeper.secret_key import signing_keys
from app.services.gatekeeper.sessions import Sessions
from app.services.gatekeeper.settings import GatekeeperSettings
from app.services.gatekeeper.throttle import Throttle
from app.services.gatekeeper.tickets import Tickets
from app.services.gatekeeper.tokens import BadToken, Tokens
from app.services.gatekeeper.usage import Usage


def utc_now() -> datetime:
    """Return the current time in whole seconds, as tokens count it."""
    return datetime.now(UTC).replace(microsecond=0)


class Gatekeeper:
    """Everything about who is who.

    What changes something has a transaction of its own: passwords are hashed without holding a connection, and the end
    of a session holds although the request is refused.

    Attributes:
        accounts: Made, and changed by whose they are.
        logins: Where a password is asked for.
        sessions: Carried on and ended.
        personal_tokens: For scripts.
        tickets: For streams.
        administration: What administrators do.
        cleaning: Deletes what is too old.
        usage: When sessions and tokens were last used.
        live: Who is known to be logged in.
    """

    def __init__(
        self,
        database: Database,
        tokens: Tokens,
        hasher: PasswordHasher,
        failures: Failures,
        settings: GatekeeperSettings,
        *,
        first_is_admin: bool,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._database = database
        self._tokens = tokens
        self._clock = clock
        self.live = LiveCallers(self._look_up)
        self.usage = Usage(database, clock)
        self.accounts = Accounts(database, hasher, first_is_admin=first_is_admin)
        self.sessions = Sessions(database, tokens, self.live, settings.refresh_seconds, clock)
        self.logins = Logins(database, hasher, Throttle(database, failures), self.sessions, self.live)
        self.personal_tokens = PersonalTokens(database, self.live, clock)
        self.tickets = Tickets(database, clock)
        self.administration = Administration(database, self.live)
        self.cleaning = Cleaning(database, settings.gatekeeper_audit_days, clock)

    async def authenticate(self, token: str, *, reading: bool) -> Caller:
        """Return who presented this token; the role is the account's of now, not the token's.

        Raises:
            NotAuthenticated: The token is not valid, or its session has ended.
        """
        if WELL_FORMED.fullmatch(token):
            return await self._live_caller(hash_of(token), reading=reading)
        try:
            shown = self._tokens.read(token, "access")
        except BadToken as error:
            raise NotAuthenticated("The token is invalid or has expired: log in or refresh it.") from error
        caller = await self._live_caller(shown.session_id, reading=reading)
        if caller.user_id != shown.user_id:
            raise NotAuthenticated("The token is not of its session: log in again.")
        return caller

    async def again(self, caller: Caller) -> Caller:
        """Return the same caller as it is now: with the role of now.

        Raises:
            NotAuthenticated: Its session or token has ended.
        """
        credential = caller.token_hash or caller.session_id
        if credential is None:
            raise NotAuthenticated("Log in first.")
        try:
            return await self._live_caller(credential, reading=True)
        except Exception as error:  # the edge to the driver: what nobody can tell now is not believed
            if not is_unreachable(error):
                raise
            raise NotAuthenticated("Nobody can tell whether the session has ended: open the stream again.") from error

    def before_deletion(self, removal: Removal) -> Callable[[], None]:
        """See `app.core.accounts.AccountKeeper`."""
        return self.administration.before_deletion(removal)

    async def _live_caller(self, credential: Credential, *, reading: bool) -> Caller:
        caller = await self.live.caller(credential, reading=reading)
        if caller is None:
            raise NotAuthenticated(
                "The personal access token was deleted or has expired: make another one."
                if isinstance(credential, bytes)
                else "The session has ended: log in again."
            )
        if caller.expires_at is not None and caller.expires_at <= self._clock():
            raise NotAuthenticated("The personal access token has expired: make another one.")
        return caller

    async def redeem(self, ticket: str) -> Caller:
        """Return who was given this stream ticket, which is used up by it.

        Raises:
            NotAuthenticated: It was used before, has expired, or its session has ended.
        """
        session_id = await self.tickets.take(ticket)
        caller = await self.live.caller(session_id, reading=False) if session_id else None
        if caller is None:
            raise NotAuthenticated("The ticket was used or has expired: get another at POST /api/auth/stream-ticket.")
        return caller

    async def _look_up(self, credential: Credential) -> Caller | None:
        caller = await (
            self.personal_tokens.owner(credential) if isinstance(credential, bytes) else self._session_of(credential)
        )
        if caller is not None:
            self.usage.note(caller)
        return caller

    async def _session_of(self, session_id: UUID) -> Caller | None:
        found = await session_repository.owner(self._database, session_id)
        if found is None:
            return None
        user_id, username, role = found
        return Caller(user_id, username, Role(role), session_id=session_id)


@asynccontextmanager
async def at_work(gatekeeper: Gatekeeper, database: Database) -> AsyncIterator[Gatekeeper]:
    """Hear of revocations and write usage down for the span of the block."""
    tasks = [asyncio.create_task(gatekeeper.cleaning.run()), asyncio.create_task(keep_writing(gatekeeper.usage))]
    try:
        async with listening(database, revocations.CHANNEL, lambda said: revocations.hear(gatekeeper.live, said)):
            yield gatekeeper
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def open_gatekeeper(context: Context) -> AsyncIterator[Gatekeeper]:
    """Find the keys and be ready to tell who is who.

    Raises:
        ServiceFailed: There is no usable key.
    """
    settings = context.settings.of(GatekeeperSettings)
    keys = await asyncio.to_thread(signing_keys, context.settings)
    hasher = PasswordHasher(settings.gatekeeper_pbkdf2_iterations)
    database = context.get("auth_database", Database)
    failures = SharedFailures(lambda: context.get("cache", Cache), namespace_of(database))
    gatekeeper = Gatekeeper(
        database,
        Tokens(keys, settings),
        hasher,
        failures,
        settings,
        first_is_admin=context.settings.environment is Environment.development,
    )
    try:
        async with at_work(gatekeeper, database):
            yield gatekeeper
    finally:
        hasher.close()


def namespace_of(database: Database) -> str:
    """Return what tells the accounts of this database from those of others."""
    return sha256(database.url.render_as_string(hide_password=True).encode()).hexdigest()[:16]
