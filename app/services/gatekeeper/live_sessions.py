"""Which sessions are known to be alive: a second of memory between a token and the database."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from math import inf
from time import monotonic
from uuid import UUID

from app.core.access import Caller
from app.db.faults import is_unreachable

TRUST_SECONDS = 1.0
"""How long a session counts as alive after it was looked up: the longest time a logout needs to reach a process."""

LOOK_SECONDS = 2.0
"""How long a look may take for a session that is known; a host that swallows packets takes no longer than this."""

AWAY_SECONDS = 1.0
"""How long nobody looks again for a known session after the database did not answer."""

KEPT = 10_000


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look at the database said; None when the session has ended."""

    at: float
    caller: Caller | None


ENDED = Looked(inf, None)
"""A session never comes back: neither age nor a look that began before its end replaces this."""


class LiveSessions:
    """Remembers callers by session.

    While the database is away, a session that was alive when last looked at stays so until its token expires:
    reading goes on, and whatever writes fails by itself.
    """

    def __init__(self, look_up: Callable[[UUID], Awaitable[Caller | None]]) -> None:
        self._look_up = look_up
        self._known: OrderedDict[UUID, Looked] = OrderedDict()
        self._away_until = -inf

    async def caller(self, session_id: UUID, *, reading: bool) -> Caller | None:
        """Return whose live session this is, or None.

        Raises:
            OSError, TimeoutError, sqlalchemy.exc.DBAPIError: The database is away, and the session is not known or
                the caller is about to write.
        """
        known, now = self._known.get(session_id), monotonic()
        if known and (now - known.at < TRUST_SECONDS or (reading and now < self._away_until)):
            return known.caller
        try:
            async with asyncio.timeout(LOOK_SECONDS if known else None):
                caller = await self._look_up(session_id)
        except Exception as error:  # the edge to the driver; anything but an absent database is passed on
            if known is None or not reading or not is_unreachable(error):
                raise
            self._away_until = monotonic() + AWAY_SECONDS
            return self._known.get(session_id, known).caller
        if self._known.get(session_id) is ENDED:
            return None
        self._remember(session_id, Looked(monotonic(), caller))
        return caller

    def end(self, session_id: UUID) -> None:
        """Note that the session has ended: this process knows at once."""
        self._remember(session_id, ENDED)

    def _remember(self, session_id: UUID, looked: Looked) -> None:
        self._known[session_id] = looked
        self._known.move_to_end(session_id)
        if len(self._known) > KEPT:
            self._known.popitem(last=False)
