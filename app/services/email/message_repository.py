"""Queries about messages and their files; each takes the owner."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.services.email.message_schemas import MessageFilter

SNIPPET = 200
"""Characters."""

COLUMNS = (
    "m.id, m.account_id, f.name AS folder, m.outgoing, m.state, m.message_id, m.replies_to, m.subject, m.sender, "
    "m.sender_name, m.recipients, m.sent_at, m.size, m.seen, m.flagged, m.answered, "
    "(SELECT count(*) FROM email_attachments a WHERE a.message_id = m.id) AS attachments"
)
FOUND = (
    "ts_headline('simple', left(m.text, 20000), websearch_to_tsquery('simple', :q), "
    '\'StartSel="", StopSel="", MaxWords=35, MinWords=15\')'
)
"""The words around what was found; only of the messages of one page, as it reads the text again."""

CONDITIONS = {
    "q": "m.words @@ websearch_to_tsquery('simple', :q)",
    "account_id": "m.account_id = :account_id",
    "folder": "f.name = :folder",
    "sender": "position(lower(:sender) IN m.sender) > 0",
    "seen": "m.seen = :seen",
    "outgoing": "m.outgoing = :outgoing",
    "since": "m.sent_at >= :since",
    "before": "m.sent_at < :before",
}

MESSAGES = "FROM email_messages m LEFT JOIN email_folders f ON f.id = m.folder_id"


def conditions(owner_id: UUID, asked: MessageFilter) -> tuple[str, dict[str, object]]:
    """Return the WHERE of a question, and its values."""
    given = asked.model_dump(exclude_none=True)
    if not asked.q:
        given.pop("q")
    where = ["m.owner_id = :owner", *(condition for name, condition in CONDITIONS.items() if name in given)]
    return " AND ".join(where), {"owner": owner_id, **given}


async def count(connection: AsyncConnection, owner_id: UUID, asked: MessageFilter) -> int:
    """Return how many messages of this user are asked for."""
    where, values = conditions(owner_id, asked)
    found = await connection.scalar(text(f"SELECT count(*) {MESSAGES} WHERE {where}"), values)
    return int(found or 0)


async def listed(connection: AsyncConnection, owner_id: UUID, asked: MessageFilter) -> list[dict[str, Any]]:
    """Return a page of messages of this user, the newest first."""
    where, values = conditions(owner_id, asked)
    page = f"SELECT m.id {MESSAGES} WHERE {where} ORDER BY m.sent_at DESC, m.id DESC LIMIT :limit OFFSET :offset"
    snippet = FOUND if asked.q else f"left(m.text, {SNIPPET})"
    whole = (
        f"SELECT {COLUMNS}, {snippet} AS snippet {MESSAGES} WHERE m.id IN ({page}) ORDER BY m.sent_at DESC, m.id DESC"
    )
    return [shown(row) for row in (await connection.execute(text(whole), values)).mappings()]


async def one(connection: AsyncConnection, owner_id: UUID, message_id: int) -> dict[str, Any] | None:
    """Return a message of this user with its text and what there is to know of its files."""
    asked = (
        f"SELECT {COLUMNS}, left(m.text, {SNIPPET}) AS snippet, m.text {MESSAGES} "
        "WHERE m.owner_id = :owner AND m.id = :id"
    )
    rows = await connection.execute(text(asked), {"owner": owner_id, "id": message_id})
    row = rows.mappings().one_or_none()
    if row is None:
        return None
    files = await connection.execute(text(f"{FILES} WHERE message_id = :id ORDER BY id"), {"id": message_id})
    return {**shown(row), "files": [dict(file) for file in files.mappings()]}


def shown(row: Mapping[Any, Any]) -> dict[str, Any]:
    """Return a row with its recipients as a list."""
    return {**row, "recipients": row["recipients"].split(", ") if row["recipients"] else []}


async def mark(session: AsyncSession, owner_id: UUID, message_id: int, *, seen: bool) -> dict[str, Any] | None:
    """Note that a message of this user was read, or not, and that the mail server is to be told.

    Returns:
        The message as it is then; None if the user has none of that id.
    """
    found = await session.scalar(
        text(
            "UPDATE email_messages SET seen = :seen, "
            "seen_pending = (seen_pending OR seen <> :seen) AND folder_id IS NOT NULL "
            "WHERE owner_id = :owner AND id = :id RETURNING id"
        ),
        {"owner": owner_id, "id": message_id, "seen": seen},
    )
    if found is None:
        return None
    asked = text(f"SELECT {COLUMNS}, left(m.text, {SNIPPET}) AS snippet {MESSAGES} WHERE m.id = :id")
    return shown((await session.execute(asked, {"id": found})).mappings().one())


FILES = "SELECT id, message_id, name, media_type, size FROM email_attachments"


async def files(
    connection: AsyncConnection, owner_id: UUID, message_id: int | None, limit: int, offset: int
) -> tuple[int, list[dict[str, Any]]]:
    """Return how many files the messages of this user have, or one of them, and a page of them, the newest first."""
    where = "WHERE owner_id = :owner AND (CAST(:message AS bigint) IS NULL OR message_id = :message)"
    values = {"owner": owner_id, "message": message_id, "limit": limit, "offset": offset}
    total = await connection.scalar(text(f"SELECT count(*) FROM email_attachments {where}"), values)
    page = await connection.execute(text(f"{FILES} {where} ORDER BY id DESC LIMIT :limit OFFSET :offset"), values)
    return int(total or 0), [dict(row) for row in page.mappings()]


async def file(connection: AsyncConnection, owner_id: UUID, file_id: int) -> tuple[str, bytes] | None:
    """Return name and bytes of a file of this user."""
    rows = await connection.execute(
        text("SELECT name, content FROM email_attachments WHERE owner_id = :owner AND id = :id"),
        {"owner": owner_id, "id": file_id},
    )
    row = rows.one_or_none()
    return None if row is None else (row.name, row.content)
