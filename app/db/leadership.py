"""Exactly one process leads: it holds a PostgreSQL advisory lock on a connection of its own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import structlog

from app.db.database import CONNECT_SECONDS, Database
from app.db.listening import close_quietly

log = structlog.get_logger(__name__)

CANDIDATE_SECONDS = 1.0
"""How often a process that does not lead tries to: the longest gap after a leader died."""


@asynccontextmanager
async def leading(database: Database, key: int) -> AsyncIterator[asyncio.Event]:
    """Wait until this process leads, then yield an event that is set when it does not any more.

    The lock is a session lock: PostgreSQL gives it up as soon as the connection of a killed leader is gone.

    Raises:
        OSError, asyncpg.PostgresError: The database went away while waiting.
    """
    url = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    connection = await asyncpg.connect(url, timeout=CONNECT_SECONDS)
    lost = asyncio.Event()
    try:
        connection.add_termination_listener(lambda _: lost.set())
        while not await connection.fetchval("SELECT pg_try_advisory_lock($1)", key):  # noqa: ASYNC110 - nobody tells that a lock is free
            await asyncio.sleep(CANDIDATE_SECONDS)
        yield lost
    finally:
        await asyncio.shield(close_quietly(connection))
