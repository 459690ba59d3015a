"""What is looked after now and then beside the files: statistics, the vector index, and which legs are wanted."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import structlog

from app.db.database import Database
from app.db.faults import is_unreachable
from app.services.rag import vector_repository
from app.services.rag.indexing import shelf_repository
from app.services.rag.legs import repository as legs_repository
from app.services.rag.legs.settings import LegSettings
from app.services.rag.statistics import renew

log = structlog.get_logger(__name__)

RETRY_SECONDS = 1.0
STATISTICS_SECONDS = 2.0
VECTOR_INDEX_SECONDS = 10.0
LEGS_SECONDS = 3600.0
SHELF_SECONDS = 600.0


async def persist(look: Callable[[], Awaitable[object]]) -> None:
    """Do it, again and again while the database is away: what was to be looked at is not forgotten."""
    while True:
        try:
            await look()
        except Exception as error:  # the edge to the driver; anything but an absent database is passed on
            if not is_unreachable(error):
                raise
            await asyncio.sleep(RETRY_SECONDS)
        else:
            return


async def keep_statistics(database: Database) -> None:
    """Renew the statistics of sources that outgrew them, for ever."""
    while True:
        await persist(lambda: renew(database))
        await asyncio.sleep(STATISTICS_SECONDS)


async def keep_vector_index(database: Database) -> None:
    """Build the index of the built-in vectors once they are many and nothing is pending, and keep it."""

    async def look() -> None:
        async with database.reading() as connection:
            pending = await legs_repository.pending_files(connection)
        if not pending and await vector_repository.build_index_when_due(database, vector_repository.BUILT_IN):
            log.info("vector_index_built")

    while True:
        await asyncio.sleep(VECTOR_INDEX_SECONDS)
        await persist(look)


async def keep_shelf(database: Database) -> None:
    """Clear the shelf of what is too old, for ever."""
    while True:
        await persist(lambda: shelf_repository.clear_old(database))
        await asyncio.sleep(SHELF_SECONDS)


async def keep_legs(database: Database, legs: Sequence[LegSettings]) -> None:
    """Note again and again that these legs are wanted, so that the others are dropped in time."""

    async def look() -> None:
        async with database.transaction() as session:
            await legs_repository.register(session, legs)

    while True:
        await persist(look)
        await asyncio.sleep(LEGS_SECONDS)
