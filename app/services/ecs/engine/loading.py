"""The world as it was saved; or, where there is no use in what was saved, made anew from the log."""

import secrets
from typing import Any

import asyncpg
import structlog

from app.services.ecs.commands import apply
from app.services.ecs.commands.people import CreateAgent
from app.services.ecs.commands.time import SetRules
from app.services.ecs.engine import repository
from app.services.ecs.engine.engine import Engine
from app.services.ecs.replay import pass_ticks
from app.services.ecs.settings import EcsSettings
from app.services.ecs.state.form import FORM
from app.services.ecs.state.table import BadBlock
from app.services.ecs.state.world import World

log = structlog.get_logger(__name__)

SEED_BITS = 62


async def load(connection: asyncpg.Connection, settings: EcsSettings) -> Engine:
    """Return the engine of the active world, at the tick at which it was saved; makes the first world."""
    row = await repository.active(connection)
    if row is None:
        seed = settings.world_seed if settings.world_seed is not None else secrets.randbits(SEED_BITS)
        await repository.create(connection, seed)
        row = await repository.active(connection)
        for _ in range(settings.founders):
            await repository.append(connection, row["id"], CreateAgent.kind, {})
    world = await saved(connection, row) or await made_anew(connection, row)
    await keep_rules(connection, row, world, settings)
    log.info("world_loaded", agents=len(world.living), tick=world.clock.tick, inputs=world.clock.applied)
    return Engine(connection, row["id"], world, row["version"])


async def saved(connection: asyncpg.Connection, row: Any) -> World | None:  # noqa: ANN401 - a record
    """Return the world as it was saved, or None if that was by another version."""
    if row["layout"] != FORM:
        return None
    world = World(row["seed"])
    try:
        for block in await repository.blocks(connection, row["id"]):
            world.put(block["name"], block["block"], block["content"])
    except BadBlock as error:
        log.warning("world_made_anew", reason=str(error))
        return None
    world.people_changed()
    for table in world.tables.values():
        table.take_changed()
    return world


async def made_anew(connection: asyncpg.Connection, row: Any) -> World:  # noqa: ANN401 - a record
    """Play the log from the seed, up to where the world was saved."""
    world = World(row["seed"])
    while True:
        inputs = await repository.inputs_after(connection, row["id"], world.clock.applied, row["applied"])
        for item in inputs:
            assert item.tick is not None  # noqa: S101 - up to `applied` all of them were
            pass_ticks(world, item.tick)
            apply(world, item.order, item.kind, item.payload)
        if not inputs:
            break
    pass_ticks(world, row["tick"])
    await repository.forget_blocks(connection, row["id"])
    return world


async def keep_rules(connection: asyncpg.Connection, row: Any, world: World, settings: EcsSettings) -> None:  # noqa: ANN401 - a record
    """Log what the settings say, if the world has other rules or none yet."""
    wanted = {"population_limit": settings.population_limit, "death_by_age": settings.death_by_age}
    if wanted != {name: getattr(world.rules, name) for name in wanted}:
        await repository.append(connection, row["id"], SetRules.kind, wanted)
