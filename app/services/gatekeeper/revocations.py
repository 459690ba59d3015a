"""Telling every process at once what was revoked or changed; the rows are the record."""

from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.listening import notify
from app.services.gatekeeper.live_callers import LiveCallers

log = structlog.get_logger(__name__)

CHANNEL = "gatekeeper"

SESSION, ACCOUNT_OR_TOKEN = "session", "changed"


async def tell_ended(session: AsyncSession, session_id: UUID) -> None:
    """Tell every process, when the transaction commits, that a session has ended."""
    await notify(session, CHANNEL, f"{SESSION} {session_id}")


async def tell_changed(session: AsyncSession, account_or_token: UUID) -> None:
    """Tell every process, when the transaction commits, that an account or a token changed or is gone."""
    await notify(session, CHANNEL, f"{ACCOUNT_OR_TOKEN} {account_or_token}")


def hear(live: LiveCallers, message: str) -> None:
    """Do what a message says; an empty one comes after a time in which some may have been missed."""
    kind, _, name = message.partition(" ")
    try:
        if not message:
            live.doubt()
        elif kind == SESSION:
            live.end(UUID(name))
        elif kind == ACCOUNT_OR_TOKEN:
            live.forget(UUID(name))
    except ValueError:
        log.warning("revocation_unreadable", channel=CHANNEL)
        live.doubt()
