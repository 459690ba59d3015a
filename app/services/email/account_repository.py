"""Queries about accounts."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.services.email.credentials import Sealed
from app.services.email.models import Account

ADD_KEY = 0x6D61696C
"""The advisory lock of whoever adds an account (the bytes of "mail"): one at a time counts how many a user has."""

LEASE_SECONDS = 60


async def lock(session: AsyncSession) -> None:
    """Wait until nobody else adds an account; held to the end of the transaction."""
    await session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADD_KEY})


async def count(session: AsyncSession, owner_id: UUID) -> int:
    """Return how many accounts this user has."""
    return await session.scalar(select(func.count()).where(Account.owner_id == owner_id)) or 0


async def add(session: AsyncSession, account: Account) -> Account:
    """Keep one more."""
    session.add(account)
    await session.flush()
    await session.refresh(account)
    return account


async def listed(session: AsyncSession, owner_id: UUID, limit: int, offset: int) -> Sequence[Account]:
    """Return accounts of this user, the oldest first."""
    page = select(Account).where(Account.owner_id == owner_id).order_by(Account.id).limit(limit).offset(offset)
    return (await session.scalars(page)).all()


async def one(session: AsyncSession, owner_id: UUID, account_id: int) -> Account | None:
    """Return an account of this user."""
    found: Account | None = await session.scalar(
        select(Account).where(Account.owner_id == owner_id, Account.id == account_id)
    )
    return found


async def change(
    session: AsyncSession, owner_id: UUID, account_id: int, values: Mapping[str, object]
) -> Account | None:
    """Change columns of an account of this user; return it as it is then."""
    asked = update(Account).where(Account.owner_id == owner_id, Account.id == account_id).returning(Account)
    found: Account | None = await session.scalar(asked.values(dict(values)))
    return found


async def remove(session: AsyncSession, owner_id: UUID, account_id: int) -> Account | None:
    """Delete an account of this user with all its mail; return what it was."""
    found: Account | None = await session.scalar(
        delete(Account).where(Account.owner_id == owner_id, Account.id == account_id).returning(Account)
    )
    return found


async def sealed_otherwise(session: AsyncSession, key: str) -> Sequence[tuple[int, bytes]]:
    """Lock accounts whose passwords are encrypted with another key, and return their ids and secrets."""
    asked = select(Account.id, Account.secret).where(Account.key != key).with_for_update(skip_locked=True)
    return [(row.id, row.secret) for row in await session.execute(asked)]


async def seal(session: AsyncSession, account_id: int, sealed: Sealed) -> None:
    """Replace the encrypted passwords of an account."""
    await session.execute(update(Account).where(Account.id == account_id).values(secret=sealed.secret, key=sealed.key))


async def figures(connection: AsyncConnection) -> Mapping[str, Any]:
    """Return how many accounts there are, how many fail, and how many messages wait to be sent."""
    rows = await connection.execute(
        text(
            "SELECT count(*) AS accounts, count(sync_error) AS failing, (SELECT count(*) FROM email_deliveries d "
            "JOIN email_batches b ON b.id = d.batch_id WHERE b.state = 'sending' AND d.state = 'pending') AS waiting "
            "FROM email_accounts"
        )
    )
    return dict(rows.mappings().one())
