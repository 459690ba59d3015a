"""Which sessions are known to be alive: a second of memory between a token and the database."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from time import monotonic
from uuid import UUID

from app.core.access import Caller
from app.db.faults import is_unreachable

TRUST_SECONDS = 1.0
"""How long a session counts as alive after it was looked up: the longest time a logout needs to reach a process."""

KEPT = 10_000


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look at the database said; None when the session has ended."""

    at: float
    caller: Caller | None


class LiveSessions:
    """Remembers callers by session.

    While the database is away, a session that was alive when last looked at stays so until its token expires:
    reading goes on, and whatever writes fails by itself.
    """

    def __init__(self, look_up: Callable[[UUID], Awaitable[Caller | None]]) -> None:
        self._look_up = look_up
        self._known: OrderedDict[UUID, Looked] = OrderedDict()

    async def caller(self, session_id: UUID) -> Caller | None:
        """Return whose live session this is, or None."""
        known = self._known.get(session_id)
        if known and monotonic() - known.at < TRUST_SECONDS:
            return known.caller
        try:
            caller = await self._look_up(session_id)
        except Exception as error:  # the edge to the driver; anything but an absent database is passed on
            if known is None or not is_unreachable(error):
                raise
            return known.caller
        self._remember(session_id, caller)
        return caller

    def end(self, session_id: UUID) -> None:
        """Note that the session has ended: this process knows at once."""
        self._remember(session_id, None)

    def _remember(self, session_id: UUID, caller: Caller | None) -> None:
        self._known[session_id] = Looked(monotonic(), caller)
        self._known.move_to_end(session_id)
        if len(self._known) > KEPT:
            self._known.popitem(last=False)
