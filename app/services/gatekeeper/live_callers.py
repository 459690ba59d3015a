"""Who is known to be logged in: a second of memory between a token and the database."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from math import inf
from time import monotonic
from uuid import UUID

from app.core.access import Caller
from app.db.faults import is_unreachable

TRUST_SECONDS = 1.0
"""How long a caller counts as logged in after it was looked up. A revocation is told to every process in milliseconds;
this is how long it takes a process that does not hear."""

LOOK_SECONDS = 2.0
"""How long a look may take for a caller that is known; a host that swallows packets takes no longer than this."""

AWAY_SECONDS = 1.0
"""How long nobody looks again for a known caller after the database did not answer."""

KEPT = 10_000

Credential = UUID | bytes
"""What a caller is known by: the id of a session, or the hash of a personal access token."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look at the database said; None when the session has ended."""

    at: float
    caller: Caller | None


ENDED = Looked(inf, None)
"""A session never comes back: neither age nor a look that began before its end replaces this."""


class LiveCallers:
    """Remembers callers by session or token.

    While the database is away, a caller that was logged in when last looked at stays so until its token expires:
    reading goes on, and whatever writes fails by itself.
    """

    def __init__(self, look_up: Callable[[Credential], Awaitable[Caller | None]]) -> None:
        self._look_up = look_up
        self._known: OrderedDict[Credential, Looked] = OrderedDict()
        self._away_until = -inf
        self._changes = 0

    async def caller(self, credential: Credential, *, reading: bool) -> Caller | None:
        """Return whose live session or token this is, or None.

        Raises:
            OSError, TimeoutError, sqlalchemy.exc.DBAPIError: The database is away, and the caller is not known or
                about to write.
        """
        known, now = self._known.get(credential), monotonic()
        if known and (now - known.at < TRUST_SECONDS or (reading and now < self._away_until)):
            return known.caller
        changes = self._changes
        try:
            async with asyncio.timeout(LOOK_SECONDS if known else None):
                caller = await self._look_up(credential)
        except Exception as error:  # the edge to the driver; anything but an absent database is passed on
            if known is None or not reading or not is_unreachable(error):
                raise
            self._away_until = monotonic() + AWAY_SECONDS
            if (still := self._known.get(credential)) is None:  # revoked while it was looked for
                raise
            return still.caller
        if self._known.get(credential) is ENDED:
            return None
        if caller is None:
            self._known.pop(credential, None)
        elif changes == self._changes:  # what was read before a change is not remembered after it
            self._remember(credential, Looked(monotonic(), caller))
        return caller

    def end(self, session_id: UUID) -> None:
        """Note that the session has ended: this process knows at once."""
        self._remember(session_id, ENDED)

    def forget(self, account_or_token: UUID) -> None:
        """Look anew for the callers of an account or a token that was changed or revoked."""
        self._changes += 1
        changed = [
            credential
            for credential, known in self._known.items()
            if known.caller and account_or_token in (known.caller.user_id, known.caller.token_id)
        ]
        for credential in changed:
            del self._known[credential]

    def doubt(self) -> None:
        """Look anew for every caller, as messages may have been missed."""
        self._changes += 1
        for credential, known in self._known.items():
            if known is not ENDED:
                self._known[credential] = replace(known, at=-inf)

    def _remember(self, credential: Credential, looked: Looked) -> None:
        self._known[credential] = looked
        self._known.move_to_end(credential)
        if len(self._known) > KEPT:
            self._known.popitem(last=False)
