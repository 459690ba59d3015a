"""What goes on in the background: mailboxes are read when their time has come."""

import asyncio
import random

import structlog

from app.db.faults import is_unreachable
from app.services.email.syncing import Syncing

log = structlog.get_logger(__name__)

LOOK_SECONDS = 10.0
"""Between two looks for mailboxes whose time has come."""

FIRST_SECONDS = 5.0
"""After the start: indexing and the first questions go before."""


async def keep_reading(syncing: Syncing, seconds: int) -> None:
    """Read each mailbox every `seconds`, one after another, for ever."""
    await asyncio.sleep(FIRST_SECONDS)
    while True:
        try:
            while (due := await syncing.claim_due(seconds)) is not None:
                report = await syncing.sync(*due)
                log.debug("mailbox_read", account=report.account_id, new=report.new, error=report.error)
        except Exception as error:  # noqa: BLE001 - the edge of the task, which goes on: the mailbox is read the next time
            told("mailbox_postponed", error)
        await asyncio.sleep(LOOK_SECONDS * random.uniform(0.5, 1.5))  # noqa: S311 - nothing depends on it


def told(event: str, error: Exception) -> None:
    """Log why something is done later: with all there is to know, unless the database is just away."""
    if is_unreachable(error):
        log.debug(event, error=type(error).__name__)
    else:
        log.error(event, exc_info=error)
