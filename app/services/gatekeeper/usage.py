"""When sessions and tokens were last used: noted in memory, written together, so that no request waits for it."""

from datetime import datetime
from typing import Protocol
from uuid import UUID

from app.core.access import Caller
from app.db.database import Database
from app.services.gatekeeper import session_repository, token_repository

WRITE_SECONDS = 5.0
"""How often it is written."""

EXACT_SECONDS = 60
"""A caller that goes on calling is written down once in so long: one row a minute for each."""

KEPT = 10_000


class Clock(Protocol):
    """Tells the time."""

    def __call__(self) -> datetime:
        """Return it."""


class Usage:
    """Notes who calls."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._written: dict[UUID, datetime] = {}
        self._sessions: dict[UUID, datetime] = {}
        self._tokens: dict[UUID, datetime] = {}

    def note(self, caller: Caller) -> None:
        """Note that this caller was looked up just now."""
        now = self._clock()
        name = caller.token_id or caller.session_id
        if name is None or ((before := self._written.get(name)) and (now - before).total_seconds() < EXACT_SECONDS):
            return
        (self._tokens if caller.token_id else self._sessions)[name] = now

    async def write(self) -> None:
        """Write what was noted; it stays noted if the database does not answer."""
        sessions, tokens = dict(self._sessions), dict(self._tokens)
        if not sessions and not tokens:
            return
        async with self._database.transaction() as session:
            await session_repository.note_used(session, sessions.items())
            await token_repository.note_used(session, tokens.items())
        for noted, written in ((self._sessions, sessions), (self._tokens, tokens)):
            for name, at in written.items():
                if noted.get(name) == at:
                    del noted[name]
        self._written = {**self._written, **sessions, **tokens} if len(self._written) < KEPT else {**sessions, **tokens}
