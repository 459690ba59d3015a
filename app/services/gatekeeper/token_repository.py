"""Every query about personal access tokens. What is somebody's is asked for with whose it is."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.database import Database
from app.services.gatekeeper.models import PersonalToken, User


async def add(session: AsyncSession, token: PersonalToken) -> PersonalToken:
    """Insert a token."""
    session.add(token)
    await session.flush()
    await session.refresh(token)
    return token


async def count(session: AsyncSession, user_id: UUID) -> int:
    """Return how many tokens the account has; others cannot be made for it until this transaction ends."""
    await session.execute(select(User.id).where(User.id == user_id).with_for_update(key_share=True))
    return await session.scalar(select(func.count()).where(PersonalToken.user_id == user_id)) or 0


async def listed(session: AsyncSession, user_id: UUID, limit: int, offset: int) -> tuple[int, Sequence[PersonalToken]]:
    """Return how many tokens the account has, and a part of them, the newest first."""
    total = await session.scalar(select(func.count()).where(PersonalToken.user_id == user_id))
    page = select(PersonalToken).where(PersonalToken.user_id == user_id)
    page = page.order_by(PersonalToken.created_at.desc(), PersonalToken.id).limit(limit).offset(offset)
    return total or 0, (await session.scalars(page)).all()


async def remove(session: AsyncSession, user_id: UUID, token_id: UUID) -> PersonalToken | None:
    """Delete a token of this account; None when it has none of that id."""
    statement = delete(PersonalToken).where(PersonalToken.id == token_id, PersonalToken.user_id == user_id)
    return await session.scalar(statement.returning(PersonalToken))


async def remove_all(session: AsyncSession, user_id: UUID) -> int:
    """Delete the tokens of this account; return how many there were."""
    statement = delete(PersonalToken).where(PersonalToken.user_id == user_id).returning(PersonalToken.id)
    return len((await session.scalars(statement)).all())


async def owner(database: Database, token_hash: bytes, now: datetime) -> Any:  # noqa: ANN401 - a record of the driver
    """Return token, scopes and end, and id, user name and role of its active account; None if it is not valid."""
    rows = await database.fetch(
        "SELECT t.id, t.scopes, t.expires_at, u.id, u.username, u.role "
        "FROM personal_tokens t JOIN users u ON u.id = t.user_id "
        "WHERE t.hash = :hash AND (t.expires_at IS NULL OR t.expires_at > :now) AND u.is_active",
        {"hash": token_hash, "now": now},
    )
    return rows[0] if rows else None


async def note_used(session: AsyncSession, used: Collection[tuple[UUID, datetime]]) -> None:
    """Write when tokens were last used; later times stay."""
    await session.execute(
        text(
            "UPDATE personal_tokens t SET last_used_at = u.at "
            "FROM unnest(CAST(:ids AS uuid[]), CAST(:times AS timestamptz[])) AS u(id, at) "
            "WHERE t.id = u.id AND coalesce(t.last_used_at < u.at, true)"
        ),
        {"ids": [item[0] for item in used], "times": [item[1] for item in used]},
    )
