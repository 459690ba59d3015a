"""Accounts, sessions and tokens."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import structlog
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.access import Caller, NotAuthenticated, Role
from app.core.registry import Context
from app.core.settings import Environment
from app.db.database import Database
from app.services.gatekeeper import repository
from app.services.gatekeeper.errors import EmailTaken, InvalidRefreshToken, UsernameTaken, WrongCredentials
from app.services.gatekeeper.live_sessions import LiveSessions
from app.services.gatekeeper.models import Session, User
from app.services.gatekeeper.passwords import PasswordHasher
from app.services.gatekeeper.schemas import Registration
from app.services.gatekeeper.secret_key import secret_key
from app.services.gatekeeper.settings import GatekeeperSettings
from app.services.gatekeeper.tokens import BadToken, Bearer, Claims, Pair, Tokens

log = structlog.get_logger(__name__)

GRACE = timedelta(seconds=30)
"""A token that was just replaced still gets the same successor: two tabs refresh at once, or an answer was lost."""


def utc_now() -> datetime:
    """Return the current time in whole seconds, as tokens count it."""
    return datetime.now(UTC).replace(microsecond=0)


class Gatekeeper:
    """Everything about who is who.

    Methods that take a `session` work in the caller's transaction. Login, refresh and logout have their own: they
    hash without holding a connection, and the end of a session holds although the request is refused.
    """

    def __init__(
        self,
        database: Database,
        tokens: Tokens,
        hasher: PasswordHasher,
        settings: GatekeeperSettings,
        *,
        first_is_admin: bool,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self.database = database
        self._tokens = tokens
        self._hasher = hasher
        self._settings = settings
        self._first_is_admin = first_is_admin
        self._clock = clock
        self._live = LiveSessions(self._look_up)

    async def register(self, session: AsyncSession, request: Registration) -> User:
        """Make an account; the first one in development is an administrator.

        Raises:
            UsernameTaken, EmailTaken: Another account has the name or the address.
        """
        password_hash = await self._hasher.hash(request.password)
        first = self._first_is_admin and await repository.is_first_account(session)
        if found := await repository.taken(session, request.username, request.email):
            raise duplicate(found.username.lower() == request.username.lower())
        user = User(
            username=request.username,
            email=request.email,
            full_name=request.full_name,
            role=Role.admin if first else Role.user,
            password_hash=password_hash,
        )
        try:
            await repository.add_user(session, user)
        except IntegrityError as error:
            raise duplicate("uq_users_username" in str(error.orig)) from error
        log.info("registered", user_id=str(user.id), role=user.role)
        return user

    async def login(self, identifier: str, password: str) -> Pair:
        """Begin a session.

        Holds no database connection while the password is hashed. An unknown account takes as long as a
        wrong password.

        Raises:
            WrongCredentials: The account does not exist, is not active, or the password is wrong.
        """
        async with self.database.transaction() as session:
            user = await repository.find_user(session, identifier)
        fits = await self._hasher.verify(password, user.password_hash if user else None)
        if user is None or not fits or not user.is_active:
            raise WrongCredentials("Incorrect username or password")
        better = await self._hasher.hash(password) if self._hasher.outdated(user.password_hash) else None
        async with self.database.transaction() as session:
            if await repository.lock_user(session, user.id, user.password_hash):
                if better:
                    await repository.change_user(session, user.id, {"password_hash": better})
                return await self._begin(session, user)
        # While it was hashed here, the account was switched off or its password hash replaced: look again.
        return await self.login(identifier, password)

    async def _begin(self, session: AsyncSession, user: User) -> Pair:
        bearer = self._bearer(user, uuid4(), uuid4())
        row = Session(id=bearer.session_id, user_id=user.id, current_jti=bearer.jti, issued_at=bearer.issued_at)
        row.expires_at = bearer.issued_at + timedelta(seconds=self._settings.refresh_seconds)
        await repository.add_session(session, row)
        return self._tokens.issue(bearer)

    async def refresh(self, token: str) -> Pair:
        """Replace a refresh token by its successor.

        Raises:
            InvalidRefreshToken: It is not valid; if it was used before, its session has ended by this.
        """
        shown = self._read_refresh(token)
        async with self.database.transaction() as session:
            pair = await self._succeed(session, shown)
        if pair is None:
            self._live.end(shown.session_id)
            log.warning("refresh_token_reuse", user_id=str(shown.user_id), session_id=str(shown.session_id))
            raise InvalidRefreshToken("Invalid refresh token")
        return pair

    async def _succeed(self, session: AsyncSession, shown: Claims) -> Pair | None:
        """Return the successor of a refresh token; None when it was used before, which ends its session.

        The end is written by this same transaction, to be committed: `rotate` may hold the lock on the row, so a
        second transaction would wait for this one for ever, and many at once would use up the pool.

        Raises:
            InvalidRefreshToken: Its session has ended, or the account is not active.
        """
        now = self._clock()
        expires_at = now + timedelta(seconds=self._settings.refresh_seconds)
        row = await repository.rotate(session, shown.session_id, shown.jti, uuid4(), now, expires_at)
        if row is None:
            row = await repository.get_session(session, shown.session_id)
            if row is None or row.revoked_at is not None or row.expires_at <= now:
                raise InvalidRefreshToken("Invalid refresh token")
            if row.previous_jti != shown.jti or now - row.issued_at > GRACE:
                await repository.revoke(session, shown.session_id, "refresh token used again")
                return None
        user = await repository.get_user(session, row.user_id)
        if user is None or not user.is_active:
            raise InvalidRefreshToken("Invalid refresh token")
        return self._tokens.issue(replace(self._bearer(user, row.id, row.current_jti), issued_at=row.issued_at))

    async def logout(self, caller: Caller, refresh_token: str | None) -> None:
        """End the caller's session, and that of the refresh token if it is the caller's too."""
        ended = {caller.session_id}
        if refresh_token is not None:
            try:
                other = self._tokens.read(refresh_token, "refresh")
            except BadToken:
                log.debug("logout_with_bad_refresh_token", user_id=str(caller.user_id))
            else:
                ended |= {other.session_id} if other.user_id == caller.user_id else set()
        for session_id in ended:
            if session_id is not None:
                await self._end(session_id, "logout")

    async def authenticate(self, token: str, *, reading: bool) -> Caller:
        """Return who presented this access token; the role is the account's of now, not the token's.

        Raises:
            NotAuthenticated: The token is not valid, or its session has ended.
        """
        try:
            shown = self._tokens.read(token, "access")
        except BadToken as error:
            raise NotAuthenticated("The token is invalid or has expired: log in or refresh it.") from error
        caller = await self._live.caller(shown.session_id, reading=reading)
        if caller is None or caller.user_id != shown.user_id:
            raise NotAuthenticated("The session has ended: log in again.")
        return caller

    async def profile(self, session: AsyncSession, caller: Caller) -> User:
        """Return the caller's account."""
        user = await repository.get_user(session, account_of(caller))
        if user is None:
            raise NotAuthenticated("The account does not exist any more.")
        return user

    async def change_profile(self, session: AsyncSession, caller: Caller, changes: dict[str, Any]) -> User:
        """Change the caller's own account.

        Raises:
            EmailTaken: The address belongs to another account.
        """
        try:
            user = await repository.change_user(session, account_of(caller), changes)
        except IntegrityError as error:
            raise EmailTaken("Email already registered") from error
        if user is None:
            raise NotAuthenticated("The account does not exist any more.")
        return user

    def _read_refresh(self, token: str) -> Claims:
        try:
            return self._tokens.read(token, "refresh")
        except BadToken as error:
            raise InvalidRefreshToken("Invalid refresh token") from error

    def _bearer(self, user: User, session_id: UUID, jti: UUID) -> Bearer:
        return Bearer(user.id, user.username, Role(user.role), session_id, jti, self._clock())

    async def _end(self, session_id: UUID, reason: str) -> None:
        async with self.database.transaction() as session:
            await repository.revoke(session, session_id, reason)
        self._live.end(session_id)

    async def _look_up(self, session_id: UUID) -> Caller | None:
        async with self.database.reading() as connection:
            found = await repository.owner(connection, session_id)
        if found is None:
            return None
        user_id, username, role = found
        return Caller(user_id, username, Role(role), session_id=session_id)


def account_of(caller: Caller) -> UUID:
    """Return the id of a caller that has an account.

    Raises:
        NotAuthenticated: The caller is anonymous.
    """
    if caller.user_id is None:
        raise NotAuthenticated("Log in first.")
    return caller.user_id


def duplicate(of_username: bool) -> UsernameTaken | EmailTaken:
    """Return the error for a name or an address that is taken."""
    return UsernameTaken("Username already registered") if of_username else EmailTaken("Email already registered")


@asynccontextmanager
async def open_gatekeeper(context: Context) -> AsyncIterator[Gatekeeper]:
    """Find the key and be ready to tell who is who.

    Raises:
        ServiceFailed: There is no usable key.
    """
    settings = context.settings.of(GatekeeperSettings)
    key = await asyncio.to_thread(secret_key, context.settings)
    hasher = PasswordHasher(settings.gatekeeper_pbkdf2_iterations)
    development = context.settings.environment is Environment.development
    database = context.get("auth_database", Database)
    try:
        yield Gatekeeper(database, Tokens(key, settings), hasher, settings, first_is_admin=development)
    finally:
        hasher.close()
