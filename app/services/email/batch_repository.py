"""Queries about batches, and of whoever sends them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.services.email.models import Account, Batch, Delivery
from app.services.email.sending_schemas import Recipient

LEASE_SECONDS = 30
"""A batch whose sender was killed goes on after that time."""

ATTEMPTS = 5
"""A recipient whose turn failed so often before the message was handed over has failed."""

STATES = ("pending", "sending", "sent", "failed", "unknown", "cancelled")

COUNTS = ", ".join(f"count(*) FILTER (WHERE d.state = '{state}') AS {state}" for state in STATES)

SHOWN = f"""
SELECT b.id, b.account_id, b.subject, b.state, b.reason, b.created_at, c.* FROM email_batches b,
LATERAL (SELECT count(*) AS total, {COUNTS} FROM email_deliveries d WHERE d.batch_id = b.id) c
"""

CLAIM = f"""
UPDATE email_batches SET lease_owner = :lease, lease_until = now() + interval '{LEASE_SECONDS} s' WHERE id = (
    SELECT b.id FROM email_batches b JOIN email_accounts a ON a.id = b.account_id
    WHERE b.state = 'sending' AND (b.lease_until IS NULL OR b.lease_until < now())
      AND (b.retry_at IS NULL OR b.retry_at <= now()) AND a.next_send_at <= now()
    ORDER BY a.next_send_at, b.id LIMIT 1 FOR UPDATE OF b SKIP LOCKED
) RETURNING id, account_id
"""

ORPHANS = """
UPDATE email_deliveries SET state = 'unknown',
    reason = 'the server ended while this was handed over: it may have been sent, and is not sent again'
WHERE batch_id = :batch AND state = 'sending'
"""

PACE = """
UPDATE email_accounts SET next_send_at = now() + make_interval(secs => :seconds)
WHERE id = :account AND next_send_at <= now() RETURNING id
"""

TAKE = """
UPDATE email_deliveries SET state = 'sending', attempts = attempts + 1 WHERE id = (
    SELECT id FROM email_deliveries WHERE batch_id = :batch AND state = 'pending' ORDER BY attempts, id LIMIT 1
) RETURNING id, recipient, name, values, attempts
"""


@dataclass(frozen=True, slots=True)
class Turn:
    """The next recipient of a batch."""

    id: int
    recipient: str
    name: str
    values: dict[str, str]
    attempts: int


async def add(session: AsyncSession, batch: Batch, recipients: Iterable[Recipient]) -> int:
    """Keep a batch with its recipients; return its id."""
    session.add(batch)
    await session.flush()
    rows = [
        {"batch_id": batch.id, "recipient": item.address, "name": item.name, "values": item.values}
        for item in recipients
    ]
    await session.execute(insert(Delivery), rows)
    return batch.id


async def count(connection: AsyncConnection, owner_id: UUID) -> int:
    """Return how many batches this user has."""
    found = await connection.scalar(text("SELECT count(*) FROM email_batches WHERE owner_id = :o"), {"o": owner_id})
    return int(found or 0)


async def listed(connection: AsyncConnection, owner_id: UUID, limit: int, offset: int) -> list[dict[str, Any]]:
    """Return batches of this user, the newest first."""
    page = f"{SHOWN} WHERE b.owner_id = :owner ORDER BY b.id DESC LIMIT :limit OFFSET :offset"
    rows = await connection.execute(text(page), {"owner": owner_id, "limit": limit, "offset": offset})
    return [dict(row) for row in rows.mappings()]


async def one(connection: AsyncConnection, owner_id: UUID, batch_id: int) -> dict[str, Any] | None:
    """Return a batch of this user."""
    asked = text(f"{SHOWN} WHERE b.owner_id = :owner AND b.id = :id")
    row = (await connection.execute(asked, {"owner": owner_id, "id": batch_id})).mappings().one_or_none()
    return None if row is None else dict(row)


async def deliveries(
    connection: AsyncConnection, owner_id: UUID, batch_id: int, state: str | None, limit: int, offset: int
) -> tuple[int, list[dict[str, Any]]] | None:
    """Return how many recipients a batch of this user has in a state, and a page of them; None without such a batch."""
    values = {"owner": owner_id, "batch": batch_id, "state": state, "limit": limit, "offset": offset}
    if not await connection.scalar(
        text("SELECT id FROM email_batches WHERE owner_id = :owner AND id = :batch"), values
    ):
        return None
    where = "WHERE batch_id = :batch AND (CAST(:state AS text) IS NULL OR state = :state)"
    total = await connection.scalar(text(f"SELECT count(*) FROM email_deliveries {where}"), values)
    page = (
        f"SELECT recipient, name, state, attempts, reason, sent_at FROM email_deliveries {where} "
        "ORDER BY id LIMIT :limit OFFSET :offset"
    )
    return int(total or 0), [dict(row) for row in (await connection.execute(text(page), values)).mappings()]


async def cancel(session: AsyncSession, owner_id: UUID, batch_id: int) -> dict[str, Any] | None:
    """Send no more of a batch of this user; return how far it came, None if there is none."""
    found = await session.scalar(
        text(
            "UPDATE email_batches SET state = CASE WHEN state = 'sending' THEN 'cancelled' ELSE state END, "
            "reason = NULL WHERE owner_id = :owner AND id = :batch RETURNING id"
        ),
        {"owner": owner_id, "batch": batch_id},
    )
    if found is None:
        return None
    await session.execute(
        text("UPDATE email_deliveries SET state = 'cancelled' WHERE batch_id = :batch AND state = 'pending'"),
        {"batch": found},
    )
    return dict((await session.execute(text(f"{SHOWN} WHERE b.id = :id"), {"id": found})).mappings().one())


async def claim(session: AsyncSession, lease: str) -> Batch | None:
    """Claim a batch that can go on now. Nobody else sends it, so what was being handed over is not known of."""
    row = (await session.execute(text(CLAIM), {"lease": lease})).one_or_none()
    if row is None:
        return None
    await session.execute(text(ORPHANS), {"batch": row.id})
    return await session.get(Batch, row.id)


async def account_of(session: AsyncSession, batch: Batch) -> Account:
    """Return the account by which a batch is sent."""
    found = await session.get(Account, batch.account_id)
    assert found is not None  # noqa: S101 - the batch would be gone with it
    return found


async def hold(session: AsyncSession, batch_id: int, lease: str) -> bool:
    """Renew a claim, and lock the batch's row; False if it was lost or cancelled."""
    found = await session.scalar(
        text(
            f"UPDATE email_batches SET lease_until = now() + interval '{LEASE_SECONDS} s' "
            "WHERE id = :id AND lease_owner = :lease AND state = 'sending' RETURNING id"
        ),
        {"id": batch_id, "lease": lease},
    )
    return found is not None


async def may_send(session: AsyncSession, account_id: int, seconds: float) -> bool:
    """Whether the account may send now; the next time is then `seconds` later, whichever process asks."""
    return await session.scalar(text(PACE), {"account": account_id, "seconds": seconds}) is not None


async def take(session: AsyncSession, batch_id: int) -> Turn | None:
    """Note that the next recipient's message is being handed over; None when all had their turn."""
    row = (await session.execute(text(TAKE), {"batch": batch_id})).mappings().one_or_none()
    return None if row is None else Turn(**row)


async def settle(session: AsyncSession, delivery_id: int, state: str, reason: str | None) -> None:
    """Note what became of a recipient's message. One that was given up as unknown meanwhile is known now."""
    await session.execute(
        text(
            "UPDATE email_deliveries SET state = CASE WHEN :state = 'pending' AND state = 'unknown' THEN state "
            "ELSE :state END, reason = :reason, sent_at = CASE WHEN :state = 'sent' THEN now() END "
            "WHERE id = :id AND state IN ('sending', 'unknown')"
        ),
        {"id": delivery_id, "state": state, "reason": reason},
    )


async def release(session: AsyncSession, batch_id: int, lease: str, reason: str | None, retry_in_s: float) -> None:
    """Give a claim back; the batch is done when nobody waits for it any more."""
    await session.execute(
        text(
            "UPDATE email_batches b SET lease_owner = NULL, lease_until = NULL, reason = :reason, "
            "retry_at = now() + make_interval(secs => :seconds), state = CASE WHEN state = 'sending' AND NOT EXISTS "
            "(SELECT FROM email_deliveries d WHERE d.batch_id = b.id AND d.state IN ('pending', 'sending')) "
            "THEN 'done' ELSE state END WHERE id = :id AND lease_owner = :lease"
        ),
        {"id": batch_id, "lease": lease, "reason": reason, "seconds": retry_in_s},
    )
