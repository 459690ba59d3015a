"""Sessions: begun, carried on by refresh, shown and ended."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.access import Caller, Role
from app.db.database import Database
from app.services.gatekeeper import repository, session_repository
from app.services.gatekeeper.audit import note
from app.services.gatekeeper.errors import InvalidRefreshToken, UnknownSession
from app.services.gatekeeper.events import Event, Outcome
from app.services.gatekeeper.live_callers import LiveCallers
from app.services.gatekeeper.models import Session, User
from app.services.gatekeeper.origin import Origin
from app.services.gatekeeper.revocations import tell_ended
from app.services.gatekeeper.tokens import BadToken, Bearer, Claims, Pair, Tokens

log = structlog.get_logger(__name__)

GRACE = timedelta(seconds=30)
"""A token that was just replaced still gets the same successor: two tabs refresh at once, or an answer was lost."""


class Sessions:
    """Carries sessions on and ends them.

    The successor of a refresh token is not kept: signing is deterministic, so it is made again from the row, which is
    void with the session. Had the role or the signing key changed within the grace, its bytes would differ; it is the
    same token still, of the same name, and both copies are good.
    """

    def __init__(
        self, database: Database, tokens: Tokens, live: LiveCallers, refresh_seconds: int, clock: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._tokens = tokens
        self._live = live
        self._life = timedelta(seconds=refresh_seconds)
        self._clock = clock

    async def begin(self, session: AsyncSession, user: User, origin: Origin) -> Pair:
        """Begin a session for somebody whose password was right, in the caller's transaction."""
        bearer = self._bearer(user, uuid4(), uuid4(), self._clock())
        row = Session(
            id=bearer.session_id,
            user_id=user.id,
            current_jti=bearer.jti,
            issued_at=bearer.issued_at,
            expires_at=bearer.issued_at + self._life,
            created_at=bearer.issued_at,
            last_used_at=bearer.issued_at,
            network=origin.network,
            address=origin.address,
            user_agent=origin.user_agent,
        )
        await session_repository.add_session(session, row)
        return self._tokens.issue(bearer)

    async def refresh(self, token: str, origin: Origin) -> Pair:
        """Replace a refresh token by its successor.

        Raises:
            InvalidRefreshToken: It is not valid; if it was used before, its session has ended by this.
        """
        try:
            shown = self._tokens.read(token, "refresh")
        except BadToken as error:
            raise InvalidRefreshToken("Invalid refresh token") from error
        async with self._database.transaction() as session:
            pair = await self._succeed(session, shown, origin)
        if pair is None:
            self._live.end(shown.session_id)
            log.warning("refresh_token_reuse", user_id=str(shown.user_id), session_id=str(shown.session_id))
            raise InvalidRefreshToken("Invalid refresh token")
        return pair

    async def _succeed(self, session: AsyncSession, shown: Claims, origin: Origin) -> Pair | None:
        """Return the successor of a refresh token; None when it was used before, which ends its session.

        The end is written by this same transaction, to be committed: `rotate` may hold the lock on the row, so a
        second transaction would wait for this one for ever, and many at once would use up the pool.

        Raises:
            InvalidRefreshToken: Its session has ended, or the account is not active.
        """
        now = self._clock()
        row = await session_repository.rotate(
            session, shown.session_id, shown.jti, uuid4(), now, now + self._life, origin
        )
        reused = False
        if row is None:
            row = await session_repository.get_session(session, shown.session_id, shown.user_id)
            if row is None or row.revoked_at is not None or row.expires_at <= now:
                raise InvalidRefreshToken("Invalid refresh token")
            reused = row.previous_jti != shown.jti or now - row.issued_at > GRACE
        user = await repository.get_user(session, row.user_id)
        if reused:
            if await session_repository.revoke(session, row.id, row.user_id, "refresh token used again"):
                await note(
                    session,
                    Event.refresh_token_reused,
                    origin,
                    of=user,
                    outcome=Outcome.failure,
                    session_id=str(row.id),
                )
                await tell_ended(session, row.id)
            return None
        if user is None or not user.is_active:
            raise InvalidRefreshToken("Invalid refresh token")
        return self._tokens.issue(self._bearer(user, row.id, row.current_jti, row.issued_at))

    async def logout(self, caller: Caller, refresh_token: str | None, origin: Origin) -> None:
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
                await self._end(caller, session_id, Event.logout, origin)

    async def of(self, caller: Caller, limit: int, offset: int) -> tuple[int, Sequence[Session]]:
        """Return how many live sessions the caller has, and a part of them, the last used first."""
        async with self._database.transaction() as session:
            return await session_repository.listed(session, caller.account, self._clock(), limit, offset)

    async def end(self, caller: Caller, session_id: UUID, origin: Origin) -> Session:
        """End a live session of the caller and return what it was.

        Raises:
            UnknownSession: The caller has none of that id.
        """
        ended = await self._end(caller, session_id, Event.session_ended, origin)
        if ended is None or ended.expires_at <= self._clock():
            raise UnknownSession(f"You have no live session {session_id}.")
        return ended

    async def _end(self, caller: Caller, session_id: UUID, event: Event, origin: Origin) -> Session | None:
        async with self._database.transaction() as session:
            ended = await session_repository.revoke(session, session_id, caller.account, event)
            if ended is not None:
                await note(session, event, origin, by=caller, session_id=str(session_id))
                await tell_ended(session, session_id)
        if ended is not None:
            self._live.end(session_id)
        return ended

    def _bearer(self, user: User, session_id: UUID, jti: UUID, issued_at: datetime) -> Bearer:
        return Bearer(user.id, user.username, Role(user.role), session_id, jti, issued_at)
