"""Reconcile the manifest of a source with its directory: the one mechanism that keeps the index true."""

import asyncio
import os
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

import structlog

from app.db.database import Database
from app.db.listening import notify
from app.services.rag.channels import WORK, tell_changed
from app.services.rag.indexing import manifest_repository as manifest
from app.services.rag.indexing.checkout import Checkout, checkout_of
from app.services.rag.indexing.manifest_repository import WatchedSource
from app.services.rag.indexing.reading import read
from app.services.rag.indexing.rules import Rules
from app.services.rag.indexing.walk import OnDisk, Walk, covered, unstorable, walk

log = structlog.get_logger(__name__)

READ_AT_ONCE = 64
READ_BYTES_AT_ONCE = 8_000_000
"""Files whose text is held at the same time: bounds the scanner's memory, and lets workers begin early."""


@dataclass(frozen=True, slots=True)
class Scanned:
    """What one look changed."""

    changed: int
    removed: int
    unreadable: dict[str, str]


class Scanner:
    """Looks at one source.

    A scan and hints may run at the same time: each reads and records under one lock, so that what was read
    later is also written later.

    Attributes:
        source: The source.
        root: Its directory.
        rules: What it includes.
    """

    def __init__(self, database: Database, source: WatchedSource, rules: Rules, max_bytes: int) -> None:
        self.source = source
        self.root = Path(source.path)
        self.rules = rules
        self._database = database
        self._max_bytes = max_bytes
        self._writing = asyncio.Lock()
        self._checkout: Checkout | None = None

    async def scan(self, number: int) -> Scanned:
        """Compare everything on disk with the manifest and write the difference.

        Args:
            number: The request this scan answers; it is recorded when the scan is over.
        """
        begun = time.perf_counter()
        async with self._database.transaction() as session:
            await manifest.scan_began(session, self.source.id)
        await self._note_checkout()
        done = await self._look("", await self._now())
        problem = "; ".join(f"{place or self.source.path}: {why}" for place, why in sorted(done.unreadable.items())[:5])
        async with self._database.transaction() as session:
            await manifest.scan_ended(session, self.source.id, number, problem or None)
            await tell_changed(session, self.source.id, None)
        took_ms = round((time.perf_counter() - begun) * 1000)
        log.info("scanned", source=self.source.name, changed=done.changed, removed=done.removed, took_ms=took_ms)
        return done

    async def look_at(self, paths: Iterable[str], age_s: float = 0.0) -> None:
        """Look at what the watcher named, `age_s` seconds ago (paths relative to the root)."""
        await self._note_checkout()
        wanted = {path for path in paths if not unstorable(path)}
        noticed = await self._now() - timedelta(seconds=age_s)
        inside = {path for path in wanted if not any(parent in wanted for parent in parents(path))}
        files = [path for path in inside if not is_directory(self.root / path)]
        for directory in inside.difference(files):
            if not covered(self.root, self.rules, f"{directory}/."):
                await self._look(directory, noticed)
        await self._look_at_files(files, noticed)

    async def _note_checkout(self) -> None:
        """Write down the branch and the commit, if they are others than at the last look."""
        now = await asyncio.to_thread(checkout_of, self.root)
        if now != self._checkout:
            async with self._database.transaction() as session:
                await manifest.checked_out(session, self.source.id, now)
                await tell_changed(session, self.source.id, None)
            self._checkout = now

    async def _look(self, below: str, noticed: datetime) -> Scanned:
        known = await self._known(below)
        seen = await asyncio.to_thread(walk, self.root, self.rules, below)
        different = [path for path, found in seen.files.items() if known.get(path) != found]
        different.sort(key=lambda path: -seen.files[path].mtime_ns)
        gone = [path for path in known if path not in seen.files and not seen.hides(path)]
        for batch in batches(different, seen):
            await self._read_and_record(batch, noticed)
        await self._remove(gone)
        return Scanned(len(different), len(gone), seen.unreadable)

    async def _look_at_files(self, paths: Sequence[str], noticed: datetime) -> None:
        wanted = [path for path in paths if self.rules.takes(path) and not covered(self.root, self.rules, path)]
        for start in range(0, len(wanted), READ_AT_ONCE):
            await self._read_and_record(wanted[start : start + READ_AT_ONCE], noticed)
        missing = [path for path in paths if is_gone(self.root / path)]
        await self._remove([known for path in missing for known in await self._known(path)])

    async def _now(self) -> datetime:
        async with self._database.reading() as connection:
            return await manifest.database_time(connection)

    async def _known(self, below: str) -> dict[str, OnDisk]:
        async with self._database.reading() as connection:
            return await manifest.known_files(connection, self.source.id, below)

    async def _read_and_record(self, paths: Sequence[str], noticed: datetime) -> None:
        async with self._writing:
            found = await asyncio.to_thread(lambda: [read(self.root, path, self._max_bytes) for path in paths])
            readings = [reading for reading in found if reading is not None]
            if not readings:
                return
            async with self._database.transaction() as session:
                answers_change = await manifest.record(session, self.source.id, readings, noticed)
                generation = await manifest.next_generation(session, self.source.id) if answers_change else None
                await tell_changed(session, self.source.id, generation)
                await notify(session, WORK)

    async def _remove(self, paths: Sequence[str]) -> None:
        async with self._writing:
            gone = [path for path in paths if not self._belongs(path)]
            if not gone:
                return
            excluded = [path for path in gone if is_file(self.root / path)]
            async with self._database.transaction() as session:
                await manifest.remove(session, self.source.id, gone, excluded)
                generation = await manifest.next_generation(session, self.source.id)
                await tell_changed(session, self.source.id, generation)

    def _belongs(self, path: str) -> bool:
        """Whether the file is there (again) and wanted: it may have come back since it was missed."""
        return is_file(self.root / path) and self.rules.takes(path) and not covered(self.root, self.rules, path)


def is_file(path: Path) -> bool:
    """Whether there is a file that can be looked at."""
    return os.path.isfile(path)  # noqa: PTH113 - Path raises where access is denied


def is_directory(path: Path) -> bool:
    """Whether there is a directory that can be looked at."""
    return os.path.isdir(path)  # noqa: PTH112 - Path raises where access is denied


def is_gone(file: Path) -> bool:
    """Whether the directory of `file` can be looked at and has no such file."""
    try:
        return not file.exists() and file.parent.is_dir()
    except OSError:
        return False


def parents(path: str) -> Iterator[str]:
    """Yield the directories above a relative path, innermost first."""
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path


def batches(paths: Iterable[str], seen: Walk) -> Iterator[list[str]]:
    """Cut `paths` into lists that can be held in memory together."""
    rest = iter(paths)
    while batch := list(islice(rest, READ_AT_ONCE)):
        part: list[str] = []
        size = 0
        for path in batch:
            if part and size + seen.files[path].size > READ_BYTES_AT_ONCE:
                yield part
                part, size = [], 0
            part.append(path)
            size += seen.files[path].size
        yield part
