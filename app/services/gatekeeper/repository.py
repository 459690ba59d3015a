"""Every query about accounts."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, delete, func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.core.access import Role
from app.services.gatekeeper.models import User

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


async def lock_administrators(session: AsyncSession) -> Sequence[UUID]:
    """Return the active administrators; who is one stays so until this transaction ends.

    The order is the same for everybody, so two who remove each other at once wait and do not deadlock.
    """
    statement = select(User.id).where(User.role == Role.admin, User.is_active).order_by(User.id).with_for_update()
    return (await session.scalars(statement)).all()


async def change_user(session: AsyncSession, user_id: UUID, changes: Mapping[str, Any]) -> User | None:
    """Change columns of an account.

    Raises:
        sqlalchemy.exc.IntegrityError: The e-mail address belongs to another account.
    """
    statement = update(User).where(User.id == user_id).values(**changes, updated_at=func.now()).returning(User)
    return await session.scalar(statement, execution_options={"populate_existing": True})


async def delete_user(session: AsyncSession, user_id: UUID) -> User | None:
    """Delete an account with its sessions, tickets and tokens; return what it was."""
    return await session.scalar(delete(User).where(User.id == user_id).returning(User))


async def listed(connection: AsyncConnection, words: str | None, limit: int, offset: int) -> tuple[int, list[Any]]:
    """Return how many accounts have these words in name, address or full name, and a part of them by age."""
    total = await connection.scalar(matching(select(func.count()).select_from(User), words))
    rows = await connection.execute(
        matching(select(User.__table__), words).order_by(User.created_at, User.id).limit(limit).offset(offset)
    )
    return total or 0, list(rows)


def matching(statement: Select[Any], words: str | None) -> Select[Any]:
    """Return the statement for the accounts that have these words in one of their texts."""
    if not words:
        return statement
    texts = (User.username, User.email, User.full_name)
    return statement.where(or_(*(column.icontains(words, autoescape=True) for column in texts)))
