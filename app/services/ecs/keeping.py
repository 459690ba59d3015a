"""Whole worlds: checking that the log gives the state, taking a world out, and bringing one in."""

import asyncio
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import structlog

from app.db.database import Database
from app.db.listening import notify
from app.services.ecs import archive_repository as repository
from app.services.ecs.archive import MOST_INPUTS, Archive, Head, parsed, played
from app.services.ecs.channels import INPUTS, REPLACED
from app.services.ecs.errors import BadWorld, EngineAway, ReplayTooLong
from app.services.ecs.state.form import FORM
from app.services.ecs.state.world import World

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Report:
    """What playing the log gave, beside what is saved."""

    identical: bool
    tick: int
    inputs: int
    hash: str
    replayed_hash: str
    seconds: float


async def taken(database: Database) -> Archive:
    """Return the active world as it was saved last.

    Raises:
        EngineAway: There is none yet, or none that this version saved.
        ReplayTooLong: Its log is longer than MOST_INPUTS.
    """
    async with database.engine.connect() as connection:
        row = await repository.standing(connection)
        if row is None or row.layout != FORM:
            raise EngineAway("The world was not saved by this version yet: try again in a few seconds.")
        if row.applied > MOST_INPUTS:
            raise ReplayTooLong(f"The log has {row.applied} inputs, and {MOST_INPUTS} are the most that are played.")
        saved = await repository.blocks(connection, row.id)
        inputs = await repository.inputs(connection, row.id, row.applied)
    digest = await asyncio.to_thread(digest_of, row.seed, saved)
    return Archive(Head(seed=row.seed, tick=row.tick, inputs=len(inputs), hash=digest), inputs)


def digest_of(seed: int, saved: Any) -> str:  # noqa: ANN401 - rows
    """Return the hash of a saved state."""
    world = World(seed)
    for block in saved:
        world.put(block.name, block.block, block.content)
    return world.digest()


async def check(database: Database, seconds: float) -> Report:
    """Play the log of the active world from its seed, and compare the whole state.

    Raises:
        ReplayTooLong: It takes longer than `seconds`.
    """
    begun = perf_counter()
    archive = await taken(database)
    again = await played(archive, seconds)
    head = archive.head
    same = again.hash == head.hash
    if not same:
        log.error("world_differs_from_its_log", tick=head.tick, inputs=head.inputs)
    return Report(same, head.tick, head.inputs, head.hash, again.hash, round(perf_counter() - begun, 3))


async def bring_in(database: Database, content: bytes, seconds: float) -> Head:
    """Put a world in the place of the active one, which stays in the database.

    Raises:
        BadWorld: The file is no world, or its log does not give the hash it says.
        ReplayTooLong: Playing it takes longer than `seconds`.
    """
    archive = await asyncio.to_thread(parsed, content)
    found = await played(archive, seconds)
    if found.hash != archive.head.hash:
        raise BadWorld("The log gives another state than the hash says: it was changed, or is of another version.")
    async with database.transaction() as session:
        await repository.replace(session, archive.head.seed, archive.head.tick, archive.inputs, found.results)
        await notify(session, INPUTS, REPLACED)
    return archive.head
