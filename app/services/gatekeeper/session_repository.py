"""Every query about sessions and stream tickets. What is somebody's is asked for with whose it is."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, delete, func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.db.database import Database
from app.services.gatekeeper.models import Session, StreamTicket, User
from app.services.gatekeeper.origin import Origin


async def add_session(session: AsyncSession, row: Session) -> None:
    """Insert a session."""
    session.add(row)
    await session.flush()


async def rotate(
    session: AsyncSession, session_id: UUID, jti: UUID, successor: UUID, now: datetime, expires_at: datetime,
    origin: Origin,
) -> Session | None:  # fmt: skip
    """Replace the newest token of a live session by its successor; None when `jti` is not the newest.

    One conditional statement, so that of any number of callers exactly one succeeds.
    """
    statement = (
        update(Session)
        .where(Session.id == session_id, Session.current_jti == jti)
        .where(Session.revoked_at.is_(None), Session.expires_at > now)
        .values(current_jti=successor, previous_jti=jti, issued_at=now, expires_at=expires_at)
        .values(last_used_at=now, address=origin.address, user_agent=origin.user_agent)
        .returning(Session)
    )
    return await session.scalar(statement)


async def get_session(session: AsyncSession, session_id: UUID, user_id: UUID) -> Session | None:
    """Return a session of this account as it is in the database now."""
    statement = select(Session).where(Session.id == session_id, Session.user_id == user_id)
    return await session.scalar(statement, execution_options={"populate_existing": True})


async def owner(database: Database, session_id: UUID) -> Any:  # noqa: ANN401 - a record of the driver
    """Return id, user name and role of the active account whose live session this is, or None."""
    rows = await database.fetch(
        "SELECT u.id, u.username, u.role FROM sessions s JOIN users u ON u.id = s.user_id "
        "WHERE s.id = :session AND s.revoked_at IS NULL AND u.is_active",
        {"session": session_id},
    )
    return rows[0] if rows else None


def alive(user_id: UUID, now: datetime) -> Select[Session]:
    """Return the statement for the live sessions of an account."""
    return select(Session).where(Session.user_id == user_id, Session.revoked_at.is_(None), Session.expires_at > now)


async def listed(
    session: AsyncSession, user_id: UUID, now: datetime, limit: int, offset: int
) -> tuple[int, Sequence[Session]]:
    """Return how many live sessions the account has, and a part of them, the last used first."""
    total = await session.scalar(select(func.count()).select_from(alive(user_id, now).subquery()))
    page = alive(user_id, now).order_by(Session.last_used_at.desc(), Session.id).limit(limit).offset(offset)
    return total or 0, (await session.scalars(page)).all()


async def revoke(session: AsyncSession, session_id: UUID, user_id: UUID, reason: str) -> Session | None:
    """End a live session of this account for good; the first reason stays. None when there is none."""
    statement = (
        update(Session)
        .where(Session.id == session_id, Session.user_id == user_id, Session.revoked_at.is_(None))
        .values(revoked_at=func.now(), revoked_reason=reason)
        .returning(Session)
    )
    return await session.scalar(statement)


async def revoke_all(session: AsyncSession, user_id: UUID, reason: str, *, but: UUID | None = None) -> int:
    """End the sessions of this account, all or all `but` one; return how many lived."""
    statement = (
        update(Session)
        .where(Session.user_id == user_id, Session.revoked_at.is_(None), Session.id.is_distinct_from(but))
        .values(revoked_at=func.now(), revoked_reason=reason)
        .returning(Session.expires_at > func.now())
    )
    return sum((await session.scalars(statement)).all())


async def logged_in_from(connection: AsyncConnection, identifier: str, network: str) -> bool:
    """Whether the account of that name or address has logged in from that network, as far as is remembered.

    The same statement whether the account exists or not.
    """
    statement = (
        select(Session.id)
        .join(User, User.id == Session.user_id)
        .where(or_(func.lower(User.username) == identifier.lower(), func.lower(User.email) == identifier.lower()))
        .where(Session.network == network)
        .limit(1)
    )
    return "\0" not in identifier and await connection.scalar(statement) is not None


async def note_used(session: AsyncSession, used: Collection[tuple[UUID, datetime]]) -> None:
    """Write when sessions were last used; later times stay."""
    await session.execute(
        text(
            "UPDATE sessions s SET last_used_at = u.at "
            "FROM unnest(CAST(:ids AS uuid[]), CAST(:times AS timestamptz[])) AS u(id, at) "
            "WHERE s.id = u.id AND s.last_used_at < u.at"
        ),
        {"ids": [item[0] for item in used], "times": [item[1] for item in used]},
    )


async def add_ticket(session: AsyncSession, ticket: StreamTicket, now: datetime) -> None:
    """Insert a ticket; those of the same session that have expired go."""
    await session.execute(
        delete(StreamTicket).where(StreamTicket.session_id == ticket.session_id, StreamTicket.expires_at <= now)
    )
    session.add(ticket)
    await session.flush()


async def use_ticket(session: AsyncSession, ticket_hash: bytes, now: datetime) -> UUID | None:
    """Use a ticket up; return its session, or None when there is no such ticket any more.

    One statement: of any number of callers one gets it.
    """
    statement = (
        delete(StreamTicket)
        .where(StreamTicket.hash == ticket_hash, StreamTicket.expires_at > now)
        .returning(StreamTicket.session_id)
    )
    return await session.scalar(statement)
