"""Deleting what is too old to be of use, a little at a time, by one process."""

import asyncio
import random
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from app.db.database import Database
from app.db.faults import is_unreachable
from app.services.gatekeeper import audit_repository
from app.services.gatekeeper.audit_repository import AT_ONCE
from app.services.gatekeeper.usage import WRITE_SECONDS, Usage

log = structlog.get_logger(__name__)

EVERY_SECONDS = 3600.0

FIRST_SECONDS = 60.0
"""After the start: a process that never lives for an hour cleans too, and does not begin with it."""

KEPT_AFTER_END = timedelta(days=30)
"""How long a session's row stays after its last refresh token has expired. Until that token expires, the row is what
shows that it was used twice; afterwards it tells which networks the account logs in from, and what was ended when."""

PAUSE_SECONDS = 0.5
"""Between two parts, so that nobody else waits for the disk."""


class Cleaning:
    """Deletes audit entries after `entries_days`, and sessions and tokens a month after their end."""

    def __init__(self, database: Database, entries_days: int, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._entries = timedelta(days=entries_days)
        self._clock = clock

    async def clean(self) -> int:
        """Delete everything that is too old; return how many rows. Does nothing while another process cleans."""
        total = 0
        while True:
            now = self._clock()
            async with self._database.transaction() as session:
                count = await audit_repository.delete_old(session, now - self._entries, now - KEPT_AFTER_END)
            total += count or 0
            if count is None or count < AT_ONCE:
                return total
            await asyncio.sleep(PAUSE_SECONDS)

    async def run(self) -> None:
        """Clean for ever, at times that differ from process to process."""
        pause = FIRST_SECONDS
        while True:
            await asyncio.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 - nothing depends on it
            pause = EVERY_SECONDS
            try:
                if count := await self.clean():
                    log.info("cleaned", rows=count)
            except Exception as error:  # noqa: BLE001 - the edge of the task, which goes on: what fails now is cleaned later
                told("cleaning_postponed", error)


async def keep_writing(usage: Usage) -> None:
    """Write down for ever when sessions and tokens were last used."""
    while True:
        await asyncio.sleep(WRITE_SECONDS)
        try:
            await usage.write()
        except Exception as error:  # noqa: BLE001 - the edge of the task, which goes on: it stays noted, and is written later
            told("usage_postponed", error)


def told(event: str, error: Exception) -> None:
    """Log why something is done later: with all there is to know, unless the database is just away."""
    if is_unreachable(error):
        log.debug(event, error=type(error).__name__)
    else:
        log.error(event, exc_info=error)
