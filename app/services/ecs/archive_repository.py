"""Queries for whole worlds: one is read as it was saved, or put in the place of the active one."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import orjson
from sqlalchemy import insert, text, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.services.ecs.commands.command import Order
from app.services.ecs.models import World
from app.services.ecs.replay import Logged

INPUTS = text(
    """SELECT number, kind, payload, caller, admin, withdrawn, tick,
        (extract(epoch FROM created_at) * 1000)::bigint AS at_ms
    FROM inputs WHERE world_id = :world_id AND number <= :applied ORDER BY number"""
)

ADD_INPUTS = text(
    """INSERT INTO inputs (world_id, number, kind, payload, caller, admin, withdrawn, created_at, tick, result)
    SELECT :world_id, number, kind, payload::jsonb, caller, admin, withdrawn, to_timestamp(at_ms / 1000.0), tick,
        result::jsonb
    FROM jsonb_to_recordset(:rows) AS row (number bigint, kind text, payload text, caller text, admin boolean,
        withdrawn boolean, at_ms bigint, tick bigint, result text)"""
)


async def standing(connection: AsyncConnection) -> Any:  # noqa: ANN401 - a row
    """Begin to read one moment, and return id, seed, tick, applied and layout of the active world as of then."""
    await connection.execution_options(isolation_level="REPEATABLE READ")
    columns = "id, seed, tick, applied, layout"
    return (await connection.execute(text(f"SELECT {columns} FROM worlds WHERE active"))).first()


async def blocks(connection: AsyncConnection, world_id: UUID) -> Sequence[Any]:
    """Return name, block and content of what is saved, in an order in which it can be taken over."""
    statement = text("SELECT name, block, content FROM blocks WHERE world_id = :world_id ORDER BY name, block")
    return (await connection.execute(statement, {"world_id": world_id})).all()


async def inputs(connection: AsyncConnection, world_id: UUID, applied: int) -> list[Logged]:
    """Return the log up to number `applied`."""
    rows = await connection.execute(INPUTS, {"world_id": world_id, "applied": applied})
    return [
        Logged(Order(row.number, row.at_ms, row.caller, row.admin, row.withdrawn), row.kind, row.payload, row.tick)
        for row in rows
    ]


async def replace(
    session: AsyncSession, seed: int, tick: int, log: Sequence[Logged], results: Sequence[dict[str, Any]]
) -> UUID:
    """Make a world of this log the active one, and return its id; the one before stays, and does not run."""
    await session.execute(update(World).where(World.active).values(active=False))
    world_id = uuid4()
    values = {"id": world_id, "seed": seed, "tick": tick, "applied": len(log), "last_input": len(log)}
    await session.execute(insert(World).values(values))
    rows = [
        {
            "number": item.order.number, "kind": item.kind, "payload": orjson.dumps(item.payload).decode(),
            "caller": item.order.caller, "admin": item.order.admin, "withdrawn": item.order.withdrawn,
            "at_ms": item.order.at_ms, "tick": item.tick, "result": orjson.dumps(result).decode(),
        }
        for item, result in zip(log, results, strict=True)
    ]  # fmt: skip
    await session.execute(ADD_INPUTS, {"world_id": world_id, "rows": orjson.dumps(rows).decode()})
    return world_id
