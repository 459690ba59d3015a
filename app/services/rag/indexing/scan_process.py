"""The process that watches every source and scans it when it must: `python -m` it with orders on stdin."""

import asyncio
from collections.abc import Sequence
from functools import partial
from time import monotonic

import structlog

from app.core.children import Orders, as_child
from app.core.logging import configure_logging
from app.core.settings import Settings, load_settings
from app.db.database import Database
from app.db.listening import listening
from app.services.rag.channels import SCAN
from app.services.rag.indexing import manifest_repository as manifest
from app.services.rag.indexing.manifest_repository import WatchedSource
from app.services.rag.indexing.rules import Rules
from app.services.rag.indexing.scanner import Scanner
from app.services.rag.indexing.upkeep import keep_legs, keep_shelf, keep_statistics, keep_vector_index, persist
from app.services.rag.indexing.watcher import Watcher
from app.services.rag.legs.settings import EmbeddingSettings, legs_of
from app.services.rag.settings import RagSettings

log = structlog.get_logger(__name__)

LIST_SECONDS = 10.0
"""How often the list of sources is read again although nobody said that it changed."""

HINTS_AT_ONCE = 16
"""Paths that are looked at before newer hints get their turn: 0.1 s on a busy machine."""

LOOKS_AT_ONCE = 3
"""So that a large new directory, which is one hint, does not hold up what is saved meanwhile."""

HINTS_UNTIL_FULL = 2000
"""With more hints than this, one walk over everything costs less than a look at each."""


class SourceKeeper:
    """Keeps one source in step: scans at the start and on request.

    One that is watched is scanned now and then too, and hints are followed between.
    """

    def __init__(self, scanner: Scanner, settings: RagSettings) -> None:
        self._scanner = scanner
        self._settings = settings
        self._reconcile_seconds = settings.continuous_indexing_reconcile_seconds if scanner.source.watch else None
        self._requested = scanner.source.scan_requested
        self._wake = asyncio.Event()
        self._hints: list[tuple[float, list[str]]] = []
        self._hinted = asyncio.Event()

    def request(self, number: int) -> None:
        """Scan, unless a scan that began after request `number` is done already."""
        if number > self._requested:
            self._requested = number
            self._wake.set()

    async def run(self) -> None:
        """Keep the source in step for ever."""
        debounce = self._settings.continuous_indexing_debounce_seconds
        watcher = Watcher(self._scanner.root, self._scanner.rules, debounce, self._hint)
        async with asyncio.TaskGroup() as group:
            if self._scanner.source.watch:
                group.create_task(watcher.run())
            group.create_task(self._follow_hints())
            await asyncio.sleep(0.05)  # the watch is in place before the first walk: nothing falls between
            while True:
                self._wake.clear()
                await persist(lambda: self._scanner.scan(self._requested))
                try:
                    async with asyncio.timeout(self._reconcile_seconds):
                        await self._wake.wait()
                except TimeoutError:
                    continue

    async def _hint(self, paths: set[str]) -> None:
        """Note where to look; an empty path, or too many, mean everything."""
        if "" in paths:
            self._wake.set()
        if places := sorted(paths - {""}):
            self._hints.append((monotonic(), places))
        if sum(len(hinted) for _, hinted in self._hints) > HINTS_UNTIL_FULL:
            self._hints.clear()
            self._wake.set()
        self._hinted.set()

    async def _follow_hints(self) -> None:
        """Look where the newest hints say, for ever: a save goes before what is left of a change of branch."""
        free = asyncio.Semaphore(LOOKS_AT_ONCE)
        async with asyncio.TaskGroup() as looks:
            while True:
                await free.acquire()
                while not self._hints:
                    self._hinted.clear()
                    await self._hinted.wait()
                since, paths = self._hints.pop()
                if rest := paths[HINTS_AT_ONCE:]:
                    self._hints.append((since, rest))
                look = looks.create_task(persist(partial(self._look_at, paths[:HINTS_AT_ONCE], since)))
                look.add_done_callback(lambda _: free.release())

    async def _look_at(self, paths: Sequence[str], since: float) -> None:
        await self._scanner.look_at(paths, monotonic() - since)


def rules_for(source: WatchedSource, settings: RagSettings) -> Rules:
    """Return the rules of a source: its own and those of the settings."""
    return Rules(
        include=(*source.include, *settings.continuous_indexing_include_patterns),
        exclude_directories=frozenset(settings.continuous_indexing_exclude_dirs),
        exclude_files=(*source.exclude, *settings.continuous_indexing_exclude_files),
    )


async def keep_sources(database: Database, settings: RagSettings) -> None:
    """Keep every watched source, also those that are added while we run."""
    wake = asyncio.Event()
    keepers: dict[int, tuple[SourceKeeper, asyncio.Task[None]]] = {}
    max_bytes = round(settings.continuous_indexing_max_file_size_mb * 1_000_000)
    async with listening(database, SCAN, lambda _: wake.set()):
        while True:
            wake.clear()
            sources = {source.id: source for source in await list_sources(database)}
            for source in sources.values():
                if source.id not in keepers:
                    keeper = SourceKeeper(Scanner(database, source, rules_for(source, settings), max_bytes), settings)
                    keepers[source.id] = keeper, asyncio.create_task(keeper.run(), name=f"source {source.name}")
                keepers[source.id][0].request(source.scan_requested)
            for gone in keepers.keys() - sources.keys():
                keepers.pop(gone)[1].cancel()
            for _, task in keepers.values():
                if task.done():
                    task.result()
            await look_after(wake, [task for _, task in keepers.values()])


async def list_sources(database: Database) -> list[WatchedSource]:
    """Return the watched sources, waiting for the database if it is away."""
    found: list[WatchedSource] = []

    async def read() -> None:
        async with database.reading() as connection:
            found[:] = await manifest.watched_sources(connection)

    await persist(read)
    return found


async def look_after(wake: asyncio.Event, tasks: list[asyncio.Task[None]]) -> None:
    """Wait until somebody calls, the list is due again, or one of the tasks ended: its source may be gone."""
    waking = asyncio.ensure_future(wake.wait())
    await asyncio.wait((waking, *tasks), timeout=LIST_SECONDS, return_when=asyncio.FIRST_COMPLETED)
    waking.cancel()


async def serve(orders: Orders) -> None:
    """Keep all sources until the parent ends."""
    settings = load_settings([RagSettings, EmbeddingSettings])
    database = Database(orders.database_url, pool_size=4)
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(keep_sources(database, settings.of(RagSettings)))
            group.create_task(keep_statistics(database))
            group.create_task(keep_vector_index(database))
            group.create_task(keep_shelf(database))
            group.create_task(keep_legs(database, legs_of(settings)))
    finally:
        await database.close()


def main(settings: Settings) -> None:
    """Run as a child of the server."""
    configure_logging(settings)
    asyncio.run(as_child(serve))


if __name__ == "__main__":
    main(load_settings([]))
