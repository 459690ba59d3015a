"""Personal access tokens: for scripts and MCP, made by a person, each for what it says it is for."""

import re
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from app.core.access import Caller, NotAllowed, Role, Scope
from app.db.database import Database
from app.services.gatekeeper import token_repository
from app.services.gatekeeper.audit import note
from app.services.gatekeeper.errors import TooManyTokens, UnknownToken
from app.services.gatekeeper.events import Event
from app.services.gatekeeper.live_callers import LiveCallers
from app.services.gatekeeper.models import PersonalToken
from app.services.gatekeeper.origin import Origin
from app.services.gatekeeper.revocations import tell_changed
from app.services.gatekeeper.token_schemas import TokenRequest

PREFIX = "rey_"

WELL_FORMED = re.compile(r"rey_[A-Za-z0-9_-]{43}")
"""By this scanners find a token that was published; nothing else is looked up."""

RANDOM_BYTES = 32
"""256 bits: nobody guesses one, so a plain SHA-256 of it is kept and can be looked up."""

MOST = 100
"""Tokens of one account."""


class PersonalTokens:
    """Makes, lists, deletes and recognises tokens."""

    def __init__(self, database: Database, live: LiveCallers, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._live = live
        self._clock = clock

    async def make(self, caller: Caller, wanted: TokenRequest, origin: Origin) -> tuple[PersonalToken, str]:
        """Make a token; return its row, and itself, which is not kept.

        Raises:
            NotAllowed: It would be for more than the caller's role allows.
            TooManyTokens: The account has as many as it may have.
        """
        if beyond := set(wanted.scopes) - caller.scopes:
            raise NotAllowed(f"scopes: your role, {caller.role}, does not have {', '.join(sorted(beyond))}.")
        token = PREFIX + secrets.token_urlsafe(RANDOM_BYTES)
        now = self._clock()
        row = PersonalToken(
            user_id=caller.account,
            name=wanted.name,
            hash=hash_of(token),
            scopes=list(wanted.scopes),
            created_at=now,
            expires_at=now + timedelta(days=wanted.expires_in_days) if wanted.expires_in_days else None,
        )
        async with self._database.transaction() as session:
            if await token_repository.count(session, caller.account) >= MOST:
                raise TooManyTokens(f"You have {MOST} personal access tokens: delete one that is not used.")
            await token_repository.add(session, row)
            await note(
                session, Event.token_made, origin, by=caller, token_id=str(row.id), name=row.name, scopes=row.scopes
            )
        return row, token

    async def of(self, caller: Caller, limit: int, offset: int) -> tuple[int, Sequence[PersonalToken]]:
        """Return how many tokens the caller has, and a part of them, the newest first."""
        async with self._database.transaction() as session:
            return await token_repository.listed(session, caller.account, limit, offset)

    async def delete(self, caller: Caller, token_id: UUID, origin: Origin) -> PersonalToken:
        """Delete a token of the caller, which is dead at once everywhere; return what it was.

        Raises:
            UnknownToken: The caller has none of that id.
        """
        async with self._database.transaction() as session:
            gone = await token_repository.remove(session, caller.account, token_id)
            if gone is None:
                raise UnknownToken(f"You have no personal access token {token_id}.")
            await note(session, Event.token_deleted, origin, by=caller, token_id=str(token_id), name=gone.name)
            await tell_changed(session, token_id)
        self._live.forget(token_id)
        return gone

    async def owner(self, token_hash: bytes) -> Caller | None:
        """Return who calls with the token of this hash; None if there is no such token any more."""
        found = await token_repository.owner(self._database, token_hash, self._clock())
        if found is None:
            return None
        token_id, scopes, expires_at, user_id, username, role = found
        granted = frozenset(map(Scope, scopes))
        return Caller(
            user_id,
            username,
            acting_role(Role(role), granted),
            token_id=token_id,
            granted=granted,
            expires_at=expires_at,
            token_hash=token_hash,
        )


def hash_of(token: str) -> bytes:
    """Return what is kept of a token or a ticket."""
    return sha256(token.encode()).digest()


def acting_role(role: Role, granted: frozenset[Scope]) -> Role:
    """Return what a token may act as: an administrator's token that is not for that is a user's, or a guest's.

    Rooms that let administrators do more look at the role, and so no token exceeds what it was made for.
    """
    if Scope.admin in granted or role is Role.guest:
        return role
    return Role.user if Scope.write in granted else Role.guest
