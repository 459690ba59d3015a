"""The process of the engine: `python -m` it with orders on stdin."""

import asyncio
import gc

import asyncpg
import structlog

from app.core.children import Orders, as_child
from app.core.logging import configure_logging
from app.core.settings import load_settings
from app.db.database import CONNECT_SECONDS
from app.db.urls import asyncpg_url
from app.services.ecs.engine import repository
from app.services.ecs.engine.engine import WorldReplacedError
from app.services.ecs.engine.loading import load
from app.services.ecs.settings import EcsSettings

log = structlog.get_logger(__name__)

ENGINE_KEY = 0x65637301
"""The advisory lock of the one engine that writes (the bytes of "ecs", and 1)."""

NICENESS = 5
"""Requests wait for it, so it gives way less than indexing does: on a contested core it gets a quarter, not a tenth."""

RETRY_SECONDS = 0.2


async def serve(orders: Orders) -> None:
    """Run the active world until the database is lost; the parent starts the next engine after a pause."""
    try:
        await run(orders)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        log.warning("world_stopped", error=type(error).__name__)


async def run(orders: Orders) -> None:
    """Take the lock, and run whichever world is the active one.

    Raises:
        OSError, asyncpg.PostgresError, asyncpg.InterfaceError: The database is away.
    """
    settings = load_settings([EcsSettings])
    url = asyncpg_url(orders.database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    connection = await asyncpg.connect(url, timeout=CONNECT_SECONDS)
    while not await repository.lock(connection, ENGINE_KEY):  # noqa: ASYNC110 - nobody tells that a lock is free
        await asyncio.sleep(RETRY_SECONDS)
    while True:
        engine = await load(connection, settings.of(EcsSettings))
        gc.freeze()  # what the world holds stays, and looking through it takes 20 ms of a tick
        try:
            await engine.run()
        except WorldReplacedError:
            log.info("world_replaced")


if __name__ == "__main__":
    configure_logging(load_settings([EcsSettings]))
    asyncio.run(as_child(serve, NICENESS))
