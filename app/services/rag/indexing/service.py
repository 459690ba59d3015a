"""Continuous indexing as a service: whoever leads runs the scanner and the workers as child processes."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import blake2b
from pathlib import Path

import asyncpg
import structlog

from app.core.children import Orders, keep_child
from app.core.registry import Context, ServiceFailed
from app.core.settings import Settings
from app.db.database import Database
from app.db.leadership import leading
from app.services.rag.indexing import manifest_repository as manifest
from app.services.rag.service import Rag
from app.services.rag.settings import RagSettings

log = structlog.get_logger(__name__)

LEADER_KEY = 0x72616700
"""The advisory lock of whoever indexes (the bytes of "rag")."""

SCANNER = "app.services.rag.indexing.scan_process"
WORKER = "app.services.rag.worker"
FILLER = "app.services.rag.legs.fill_process"
RETRY_SECONDS = 1.0


class Indexing:
    """Whether this process indexes, and with how many workers."""

    def __init__(self, database: Database, settings: RagSettings, name: str, *, legs: bool) -> None:
        self.leads = False
        self._database = database
        self._settings = settings
        self._name = name
        self._legs = legs

    async def run(self) -> None:
        """Lead whenever that is possible, for ever."""
        while True:
            try:
                async with leading(self._database, LEADER_KEY) as lost:
                    await self._lead(lost)
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.debug("leadership_lost", error=type(error).__name__)
            finally:
                self.leads = False
            await asyncio.sleep(RETRY_SECONDS)

    async def _lead(self, lost: asyncio.Event) -> None:
        self.leads = True
        url = self._database.url.render_as_string(hide_password=False)
        names = [f"{self._name}-{number}" for number in range(self._settings.continuous_indexing_workers)]
        children = [asyncio.create_task(keep_child(WORKER, Orders(url, name))) for name in names]
        children.append(asyncio.create_task(keep_child(SCANNER, Orders(url, self._name), self._nobody_looks)))
        if self._legs:
            children.append(asyncio.create_task(keep_child(FILLER, Orders(url, self._name))))
        children.append(asyncio.create_task(wait_for_loss(lost)))
        try:
            done, _ = await asyncio.wait(children, return_when=asyncio.FIRST_COMPLETED)
            for ended in done:
                ended.result()
        finally:
            for child in children:
                child.cancel()
            await asyncio.gather(*children, return_exceptions=True)

    async def _nobody_looks(self) -> None:
        """Say that every source has to be looked at: until the scanner is back, nobody knows what is on disk."""
        try:
            async with self._database.transaction() as session:
                await manifest.request_scans(session)
        except Exception as error:  # noqa: BLE001 - the database is away: its own probe says so, and the scanner scans when it is back
            log.debug("scan_not_requested", error=type(error).__name__)


async def wait_for_loss(lost: asyncio.Event) -> None:
    """Return when the lock is lost."""
    await lost.wait()


def readable_root(settings: RagSettings) -> Path:
    """Return the watch root.

    Raises:
        ServiceFailed: It is no directory that can be read.
    """
    root = settings.watch_root
    if not root.is_dir() or not os.access(root, os.R_OK | os.X_OK):
        raise ServiceFailed(
            f"the watch root {root} is no directory that can be read: set RAG_CONTINUOUS_INDEXING_WATCH_ROOT"
        )
    return root


async def check_indexing(settings: Settings) -> str:
    """Say what would be indexed; see `ServiceDefinition.check`."""
    return f"{readable_root(settings.of(RagSettings))} can be read"


@asynccontextmanager
async def open_indexing(context: Context) -> AsyncIterator[Indexing]:
    """Make the source of the watch root and begin to keep every source in step.

    Raises:
        ServiceFailed: The watch root is no directory that can be read.
    """
    settings = context.settings.of(RagSettings)
    root = readable_root(settings)
    rag = context.get("rag", Rag)
    async with rag.database.transaction() as session:
        await manifest.ensure_source(session, root.name or "root", str(root))
        await manifest.begin_anew(session)
    await rag.refresh()
    place = blake2b(str(context.settings.data_dir).encode(), digest_size=4).hexdigest()
    indexing = Indexing(rag.database, settings, f"{socket.gethostname()}-{place}", legs=bool(rag.legs.known))
    task = asyncio.create_task(indexing.run(), name="indexing")
    task.add_done_callback(lambda done: None if done.cancelled() else context.lost(ended(done)))
    try:
        yield indexing
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def ended(task: asyncio.Task[None]) -> str:
    """Return why indexing ended; what the error says goes to the log, as it may be the driver's text."""
    error = task.exception()
    log.error("indexing_ended", exc_info=error)
    return f"indexing ended with {type(error).__name__}; the log has the details"
