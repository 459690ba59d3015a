"""Stream tickets: a browser's EventSource cannot send a token, so it brings one of these in the address.

They are kept in PostgreSQL, with the sessions: a ticket works in every process whether Redis is there or not, it goes
with its session, and using it up is one DELETE.
"""

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from app.db.database import Database
from app.services.gatekeeper import session_repository
from app.services.gatekeeper.models import StreamTicket
from app.services.gatekeeper.personal_tokens import RANDOM_BYTES, hash_of

LIFE_SECONDS = 30
"""Long enough to open a stream with it, too short for whoever reads it in the log of a proxy later."""


class Tickets:
    """Gives out tickets and takes them."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    async def give(self, session_id: UUID) -> str:
        """Return a new ticket for this session."""
        ticket, now = secrets.token_urlsafe(RANDOM_BYTES), self._clock()
        row = StreamTicket(
            hash=hash_of(ticket), session_id=session_id, expires_at=now + timedelta(seconds=LIFE_SECONDS)
        )
        async with self._database.transaction() as session:
            await session_repository.add_ticket(session, row, now)
        return ticket

    async def take(self, ticket: str) -> UUID | None:
        """Use a ticket up; return its session, or None when there is no such ticket any more."""
        async with self._database.transaction() as session:
            return await session_repository.use_ticket(session, hash_of(ticket), self._clock())
