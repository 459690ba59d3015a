"""PostgreSQL's LISTEN and NOTIFY: a nudge to look, never the record."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import asyncpg
import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.database import CONNECT_SECONDS, Database

log = structlog.get_logger(__name__)

RECONNECT_SECONDS = 0.5


async def notify(session: AsyncSession, channel: str, payload: str = "") -> None:
    """Send `payload` to the listeners of `channel` when the session's transaction commits."""
    await session.execute(text("SELECT pg_notify(:channel, :payload)"), {"channel": channel, "payload": payload})


class Listener:
    """A connection of its own that listens; `connected` is False while messages may be missed."""

    def __init__(self, database: Database, channel: str, on_message: Callable[[str], None]) -> None:
        self.connected = False
        self._database = database
        self._channel = channel
        self._on_message = on_message

    async def run(self) -> None:
        """Listen for ever; after each (re)connection the callback gets an empty message: look at everything."""
        while True:
            try:
                await self._listen_once()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.debug("listen_lost", channel=self._channel, error=type(error).__name__)
            finally:
                self.connected = False
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _listen_once(self) -> None:
        url = self._database.url.set(drivername="postgresql").render_as_string(hide_password=False)
        connection = await asyncpg.connect(url, timeout=CONNECT_SECONDS)
        ended = asyncio.Event()
        try:
            connection.add_termination_listener(lambda _: ended.set())
            await connection.add_listener(self._channel, self._receive)
            self.connected = True
            self._on_message("")
            await ended.wait()
        finally:
            await asyncio.shield(close_quietly(connection))

    def _receive(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        self._on_message(str(payload))


async def close_quietly(connection: asyncpg.Connection) -> None:
    """Close a connection that may be broken already."""
    try:
        await connection.close(timeout=1)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
        connection.terminate()


@asynccontextmanager
async def listening(database: Database, channel: str, on_message: Callable[[str], None]) -> AsyncIterator[Listener]:
    """Listen on `channel` for the span of the block."""
    listener = Listener(database, channel, on_message)
    task = asyncio.create_task(listener.run(), name=f"listen {channel}")
    try:
        yield listener
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
