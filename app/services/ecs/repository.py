"""Every query of the API's side of the world: it appends to the log, and reads."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import bindparam, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from sqlalchemy.types import Boolean, Text

from app.db.database import Database
from app.services.ecs.models import Input, World

APPEND = text(
    """
    WITH next AS (
        UPDATE worlds SET last_input = last_input + :count WHERE active RETURNING id, last_input - :count AS before
    )
    INSERT INTO inputs (world_id, number, kind, payload, caller, admin)
    SELECT next.id, next.before + item.place, item.kind, item.payload::jsonb, item.caller, item.admin
    FROM next, unnest(:kinds, :payloads, :callers, :admins) WITH ORDINALITY
        AS item (kind, payload, caller, admin, place)
    RETURNING world_id, number
    """
).bindparams(
    bindparam("kinds", type_=ARRAY(Text)),
    bindparam("payloads", type_=ARRAY(Text)),
    bindparam("callers", type_=ARRAY(Text)),
    bindparam("admins", type_=ARRAY(Boolean)),
)
"""The lock on the world's row is held until the commit: numbers have no gaps, and appear in their order."""

RESULTS = """
    SELECT number, tick, result::text FROM inputs
    WHERE world_id = :world_id AND number = ANY(:numbers) AND tick IS NOT NULL
    """

SAVED = """
    SELECT w.id, w.seed, w.version, w.tick, w.applied, w.last_input, w.real_speed, w.tick_ms,
        extract(epoch FROM clock_timestamp() - w.saved_at)::float8 AS age, b.name, b.block, b.content
    FROM worlds w LEFT JOIN blocks b ON b.world_id = w.id AND b.version > :seen AND w.id = :world_id
    WHERE w.active
    ORDER BY b.name, b.block
    """


async def append(
    session: AsyncSession, inputs: Sequence[tuple[str, dict[str, Any], str, bool]]
) -> tuple[UUID, list[int]] | None:
    """Log inputs (kind, payload, caller, admin) and return the world and their numbers; None if there is no world."""
    kinds, payloads, callers, admins = zip(*inputs, strict=True)
    values = {
        "count": len(inputs),
        "kinds": list(kinds),
        "payloads": [orjson.dumps(payload).decode() for payload in payloads],
        "callers": list(callers),
        "admins": list(admins),
    }
    rows = (await session.execute(APPEND, values)).all()
    return (rows[0].world_id, sorted(row.number for row in rows)) if rows else None


async def results(database: Database, world_id: UUID, numbers: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Return what became of those of these inputs that were applied; `tick` says when."""
    rows = await database.fetch(RESULTS, {"world_id": world_id, "numbers": list(numbers)})
    return {number: {"tick": tick, **orjson.loads(result)} for number, tick, result in rows}


async def withdraw(session: AsyncSession, world_id: UUID, number: int) -> bool:
    """Keep an input from taking effect; False if it was applied already."""
    statement = update(Input).where(Input.world_id == world_id, Input.number == number, Input.tick.is_(None))
    changed = await session.scalar(statement.values(withdrawn=True).returning(Input.number))
    return changed is not None


async def saved(database: Database, world_id: UUID | None, seen: int) -> list[Any]:
    """Return the standing of the active world, with the blocks that were saved after version `seen` of `world_id`.

    It is one statement, so standing and blocks belong together. With nothing new there is one row, whose block is None.
    """
    return await database.fetch(SAVED, {"world_id": world_id, "seen": seen})


async def log(connection: AsyncConnection, after: int, limit: int, *, newest_first: bool) -> tuple[int, Sequence[Any]]:
    """Return how many inputs the log of the active world has, and a part of those beyond number `after`."""
    row = (await connection.execute(select(World.id, World.last_input).where(World.active))).first()
    if row is None:
        return 0, []
    order = Input.number.desc() if newest_first else Input.number
    columns = (Input.number, Input.tick, Input.kind, Input.payload, Input.result, Input.withdrawn, Input.created_at)
    statement = select(*columns).where(Input.world_id == row.id, Input.number > after).order_by(order).limit(limit)
    return row.last_input, (await connection.execute(statement)).all()
