"""Every query of the engine, on the one connection that holds its lock."""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from app.services.ecs.channels import SAVED
from app.services.ecs.commands.command import Order
from app.services.ecs.replay import Logged
from app.services.ecs.state.world import World

READ_AT_ONCE = 500
"""Inputs that are applied, and answered, together."""

COLUMNS = """number, kind, payload, caller, admin, withdrawn, tick,
    (extract(epoch FROM created_at) * 1000)::bigint AS at_ms"""


async def lock(connection: asyncpg.Connection, key: int) -> bool:
    """Take the engine's lock if it is free."""
    return bool(await connection.fetchval("SELECT pg_try_advisory_lock($1)", key))


async def active(connection: asyncpg.Connection) -> Any:  # noqa: ANN401 - a record
    """Return id, seed, layout, version, tick and applied of the world that runs, or None."""
    return await connection.fetchrow("SELECT id, seed, layout, version, tick, applied FROM worlds WHERE active")


async def create(connection: asyncpg.Connection, seed: int) -> None:
    """Make a world; of two that do so at once, one makes it."""
    await connection.execute("INSERT INTO worlds (seed) VALUES ($1) ON CONFLICT DO NOTHING", seed)


async def blocks(connection: asyncpg.Connection, world_id: UUID) -> list[Any]:
    """Return name, block and content of what is saved, in an order in which it can be taken over."""
    return list(
        await connection.fetch("SELECT name, block, content FROM blocks WHERE world_id = $1 ORDER BY 1, 2", world_id)
    )


async def inputs_after(connection: asyncpg.Connection, world_id: UUID, number: int, upto: int | None) -> list[Logged]:
    """Return the next inputs after `number`: READ_AT_ONCE at most, none above `upto`.

    Inside a transaction nobody withdraws them until its end.
    """
    statement = f"""SELECT {COLUMNS} FROM inputs WHERE world_id = $1 AND number > $2 AND number <= $3
        ORDER BY number LIMIT {READ_AT_ONCE} FOR UPDATE"""
    rows = await connection.fetch(statement, world_id, number, 2**62 if upto is None else upto)
    return [logged(row) for row in rows]


def logged(row: Any) -> Logged:  # noqa: ANN401 - a record
    """Return an input from a row of COLUMNS."""
    order = Order(row["number"], row["at_ms"], row["caller"], row["admin"], row["withdrawn"])
    return Logged(order, row["kind"], orjson.loads(row["payload"]), row["tick"])


async def append(connection: asyncpg.Connection, world_id: UUID, kind: str, payload: dict[str, Any]) -> None:
    """Log an input of the world itself."""
    await connection.execute(
        """WITH next AS (UPDATE worlds SET last_input = last_input + 1 WHERE id = $1 RETURNING last_input)
        INSERT INTO inputs (world_id, number, kind, payload) SELECT $1, last_input, $2, $3 FROM next""",
        world_id, kind, json.dumps(payload),
    )  # fmt: skip


async def save_results(
    connection: asyncpg.Connection, world_id: UUID, tick: int, results: Sequence[tuple[int, dict[str, Any]]]
) -> None:
    """Write when inputs were applied and what became of them."""
    await connection.execute(
        """UPDATE inputs SET tick = $2, result = told.result::jsonb
        FROM unnest($3::bigint[], $4::text[]) AS told (number, result)
        WHERE world_id = $1 AND inputs.number = told.number""",
        world_id, tick, [number for number, _ in results], [orjson.dumps(result).decode() for _, result in results],
    )  # fmt: skip


async def save_blocks(
    connection: asyncpg.Connection, world_id: UUID, version: int, changed: Sequence[tuple[str, int, bytes]]
) -> None:
    """Write blocks that changed."""
    await connection.execute(
        """INSERT INTO blocks (world_id, name, block, version, content)
        SELECT $1, name, block, $2, content FROM unnest($3::text[], $4::int[], $5::bytea[]) AS t (name, block, content)
        ON CONFLICT (world_id, name, block) DO UPDATE SET version = excluded.version, content = excluded.content""",
        world_id, version, *map(list, zip(*changed, strict=True)),
    )  # fmt: skip


async def forget_blocks(connection: asyncpg.Connection, world_id: UUID) -> None:
    """Delete what is saved of a world, whose log is played anew."""
    await connection.execute("DELETE FROM blocks WHERE world_id = $1", world_id)


async def save_standing(
    connection: asyncpg.Connection, world_id: UUID, version: int, layout: str, world: World, real_speed: float,
    tick_ms: float,
) -> None:  # fmt: skip
    """Write which state is saved, and tell who waits for it."""
    await connection.execute(
        """UPDATE worlds SET version = $2, layout = $3, tick = $4, applied = $5, real_speed = $6, tick_ms = $7,
            saved_at = clock_timestamp()
        WHERE id = $1""",
        world_id, version, layout, world.clock.tick, world.clock.applied, real_speed, tick_ms,
    )  # fmt: skip
    await connection.execute("SELECT pg_notify($1, $2)", SAVED, str(world.clock.applied))
