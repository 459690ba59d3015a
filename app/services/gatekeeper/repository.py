"""Every query of Gatekeeper."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.services.gatekeeper.models import Session, User

FIRST_ACCOUNT_LOCK = 0x66697273
"""Advisory lock (the bytes of "firs"): two first registrations at once must not both become admin."""


async def is_first_account(session: AsyncSession) -> bool:
    """Whether no account exists; if so, holds off other first registrations until this transaction ends."""
    if await any_account(session):
        return False
    await session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": FIRST_ACCOUNT_LOCK})
    return not await any_account(session)


async def any_account(session: AsyncSession) -> bool:
    """Whether an account exists."""
    return await session.scalar(select(User.id).limit(1)) is not None


async def taken(session: AsyncSession, username: str, email: str | None) -> User | None:
    """Return an account that has this user name or e-mail address."""
    same_email = func.lower(User.email) == email.lower() if email else text("false")
    return await session.scalar(
        select(User).where(or_(func.lower(User.username) == username.lower(), same_email)).limit(1)
    )


async def add_user(session: AsyncSession, user: User) -> None:
    """Insert an account.

    Raises:
        sqlalchemy.exc.IntegrityError: Somebody took the name or the address meanwhile.
    """
    session.add(user)
    await session.flush()
    await session.refresh(user)


async def find_user(session: AsyncSession, identifier: str) -> User | None:
    """Return the account of that user name or e-mail address; a user name goes first."""
    if "\0" in identifier:  # PostgreSQL refuses this character even in a comparison
        return None
    wanted = identifier.lower()
    found = await session.scalars(
        select(User).where(or_(func.lower(User.username) == wanted, func.lower(User.email) == wanted))
    )
    return min(found.all(), key=lambda user: user.username.lower() != wanted, default=None)


async def get_user(session: AsyncSession, user_id: UUID) -> User | None:
    """Return the account of that id."""
    return await session.get(User, user_id)


async def lock_user(session: AsyncSession, user_id: UUID, password_hash: str) -> bool:
    """Keep others from changing an account until this transaction ends; False if it is off or its password changed."""
    statement = select(User.id).where(User.id == user_id, User.password_hash == password_hash, User.is_active)
    return await session.scalar(statement.with_for_update(key_share=True)) is not None


async def change_user(session: AsyncSession, user_id: UUID, changes: Mapping[str, Any]) -> User | None:
    """Change columns of an account.

    Raises:
        sqlalchemy.exc.IntegrityError: The e-mail address belongs to another account.
    """
    statement = update(User).where(User.id == user_id).values(**changes, updated_at=func.now()).returning(User)
    return await session.scalar(statement, execution_options={"populate_existing": True})


async def add_session(session: AsyncSession, row: Session) -> None:
    """Insert a session."""
    session.add(row)
    await session.flush()


async def rotate(
    session: AsyncSession, session_id: UUID, jti: UUID, successor: UUID, now: datetime, expires_at: datetime
) -> Session | None:
    """Replace the newest token of a live session by its successor; None when `jti` is not the newest.

    One conditional statement, so that of any number of callers exactly one succeeds.
    """
    statement = (
        update(Session)
        .where(Session.id == session_id, Session.current_jti == jti)
        .where(Session.revoked_at.is_(None), Session.expires_at > now)
        .values(current_jti=successor, previous_jti=jti, issued_at=now, expires_at=expires_at)
        .returning(Session)
    )
    return await session.scalar(statement)


async def get_session(session: AsyncSession, session_id: UUID) -> Session | None:
    """Return a session as it is in the database now."""
    return await session.get(Session, session_id, populate_existing=True)


async def owner(connection: AsyncConnection, session_id: UUID) -> tuple[UUID, str, str] | None:
    """Return id, user name and role of the active account whose live session this is."""
    statement = (
        select(User.id, User.username, User.role)
        .join(Session, Session.user_id == User.id)
        .where(Session.id == session_id, Session.revoked_at.is_(None), User.is_active)
    )
    row = (await connection.execute(statement)).one_or_none()
    return None if row is None else (row.id, row.username, row.role)


async def revoke(session: AsyncSession, session_id: UUID, reason: str) -> None:
    """End a session for good; the first reason stays."""
    await session.execute(
        update(Session)
        .where(Session.id == session_id, Session.revoked_at.is_(None))
        .values(revoked_at=func.now(), revoked_reason=reason)
    )
