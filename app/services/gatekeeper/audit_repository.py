"""Every query about what happened, and the deletion of what is too old."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.services.gatekeeper.admin_schemas import AuditFilter
from app.services.gatekeeper.models import AuditEntry

CLEANING_LOCK = 0x636C6561
"""Advisory lock (the bytes of "clea"): one process deletes at a time, the others have nothing to do."""

AT_ONCE = 5_000
"""Rows deleted in one transaction: about 50 ms, so that nobody waits for it."""


async def add(session: AsyncSession, entry: AuditEntry) -> None:
    """Insert an entry."""
    session.add(entry)
    await session.flush()


async def listed(connection: AsyncConnection, wanted: AuditFilter) -> tuple[int, Sequence[Any]]:
    """Return how many entries fit, and a part of them, the newest first."""
    total = await connection.scalar(fitting(select(func.count()).select_from(AuditEntry), wanted))
    page = fitting(select(AuditEntry.__table__), wanted).order_by(AuditEntry.id.desc())
    rows = await connection.execute(page.limit(wanted.limit).offset(wanted.offset))
    return total or 0, rows.all()


def fitting(statement: Select[Any], wanted: AuditFilter) -> Select[Any]:
    """Return the statement for the entries that are wanted."""
    for column, value in (
        (AuditEntry.event, wanted.event),
        (AuditEntry.outcome, wanted.outcome),
        (AuditEntry.address, wanted.address),
    ):
        if value is not None:
            statement = statement.where(column == value)
    if wanted.user_id is not None:
        statement = statement.where(or_(AuditEntry.user_id == wanted.user_id, AuditEntry.actor_id == wanted.user_id))
    if wanted.since is not None:
        statement = statement.where(AuditEntry.at >= wanted.since)
    if wanted.until is not None:
        statement = statement.where(AuditEntry.at < wanted.until)
    return statement


OLD = {
    "audit_log": "SELECT ctid FROM audit_log WHERE at < :entries LIMIT :most",
    "sessions": "SELECT ctid FROM sessions WHERE expires_at < :sessions LIMIT :most",
    "personal_tokens": "SELECT ctid FROM personal_tokens WHERE expires_at < :sessions LIMIT :most",
}


async def delete_old(session: AsyncSession, entries: datetime, sessions: datetime) -> int | None:
    """Delete some of what is too old; return how many rows, or None when another process does so now.

    Args:
        session: A transaction of its own.
        entries: Entries of the log from before then go.
        sessions: Sessions and tokens that expired before then go. Until then the row of a session shows that a
            refresh token was used twice.
    """
    if not await session.scalar(text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": CLEANING_LOCK}):
        return None
    values = {"entries": entries, "sessions": sessions, "most": AT_ONCE}
    count = 0
    for table, old in OLD.items():
        statement = text(f"DELETE FROM {table} WHERE ctid = ANY(ARRAY({old})) RETURNING 1")
        count += len((await session.execute(statement, values)).all())
    return count
