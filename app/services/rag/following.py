"""Following the index: what there is, who may see it, how far it is, and waiting for it."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

import numpy as np
import orjson
import structlog

from app.core.access import Caller
from app.db.database import Database
from app.db.listening import Listener, listening, notify
from app.services.rag import meters, repository
from app.services.rag.candidates import Candidates
from app.services.rag.channels import CHANGES, SCAN
from app.services.rag.errors import UnknownSource
from app.services.rag.legs import Legs
from app.services.rag.progress import Asked, Progress, SourceProgress
from app.services.rag.statistics import NO_STATISTICS, Statistics

log = structlog.get_logger(__name__)

REFRESH_SECONDS = 0.15
"""Notices of one burst are answered by one look at the database; also the age a `pending` count may have."""

QUIET_REFRESH_SECONDS = 5.0


class Following:
    """What this process knows of the index of the main database.

    Attributes:
        database: The main database.
        legs: The extra dense legs.
        progress: What is known of every source, whoever may see it: `sources` gives a caller what is theirs to see.
            Renewed when a notice says that something changed.
        changed: Set and replaced each time `progress` was renewed; wait on it to follow.
    """

    def __init__(self, database: Database, model: str, legs: Legs) -> None:
        self.database = database
        self._model = model
        self.legs = legs
        self.progress = Progress()
        self.changed = asyncio.Event()
        self._candidates = Candidates(database)
        self._notice = asyncio.Event()
        self._statistics: dict[int, tuple[int | None, Statistics]] = {}
        self._listener: Listener | None = None
        self._refreshing = asyncio.Lock()
        self._connected_times = 0
        self._complete_since = 0

    async def follow(self) -> None:
        """Keep `progress` true, for ever."""
        async with listening(self.database, CHANGES, self._on_notice) as self._listener:
            while True:
                with suppress(TimeoutError):
                    async with asyncio.timeout(QUIET_REFRESH_SECONDS):
                        await self._notice.wait()
                self._notice.clear()
                try:
                    await self.refresh()
                except Exception as error:  # noqa: BLE001 - the database is away: its own probe says so, and we look again
                    log.debug("progress_unknown", error=type(error).__name__)
                await asyncio.sleep(REFRESH_SECONDS)

    async def refresh(self) -> None:
        """Read the progress of every source and extra leg, and statistics that changed.

        One look at a time, so that an older one never overwrites what a newer one, or a notice, has told.
        """
        async with self._refreshing:
            connected_times = self._connected_times
            async with self.database.reading() as connection:
                sources = await repository.progress(connection, self._model)
                for source in sources:
                    if self._statistics.get(source.id, (None, None))[0] != source.statistics_generation:
                        read = await repository.statistics(connection, source.id)
                        self._statistics[source.id] = source.statistics_generation, statistics_of(read)
                await self.legs.refresh(connection)
            made = {source.id: source.created_at for source in sources}
            if any(made.get(source.id) != source.created_at for source in self.progress.sources.values()):
                self._candidates.forget()
            self.progress.update(sources)
            meters.tell(self.progress)
            self._complete_since = connected_times
        before, self.changed = self.changed, asyncio.Event()
        before.set()

    @property
    def _hears_everything(self) -> bool:
        """Whether notices arrive, and what was missed before they did has been read since."""
        listens = self._listener is not None and self._listener.connected
        return listens and self._complete_since == self._connected_times

    async def sources(self, caller: Caller, wanted: str | None = None) -> Asked:
        """Return the source of that name or id, or all of them: those that the caller may see.

        Raises:
            UnknownSource: There is none, or it is private to somebody else.
        """
        if not self._hears_everything:
            await self.refresh()
        known = self.progress.seen_by(caller).sources.values()
        if wanted is None:
            return Asked(tuple(known))
        found = named(known, wanted)
        if found is None:
            await self.refresh()
            known = self.progress.seen_by(caller).sources.values()
            found = named(known, wanted)
        if found is None:
            names = ", ".join(source.name for source in known) or "none yet"
            raise UnknownSource(f"There is no source {wanted!r}; there are: {names}.")
        return Asked((found,))

    def known(self, source_ids: Sequence[int]) -> list[SourceProgress]:
        """Return what is known of these sources."""
        return [found for source in source_ids if (found := self.progress.sources.get(source)) is not None]

    def statistics(self, source_ids: Iterable[int]) -> list[Statistics]:
        """Return the document frequencies in each of these sources."""
        return [self._statistics.get(source, (None, NO_STATISTICS))[1] for source in source_ids]

    async def catch_up(self, caller: Caller, wanted: str | None, wait_ms: int) -> None:
        """Look at the disk now and wait until the index shows it, or until `wait_ms` have passed.

        Raises:
            UnknownSource: There is none of that name or id that the caller may see.
        """
        ids = (await self.sources(caller, wanted)).ids
        async with self.database.transaction() as session:
            requested = await repository.request_scan(session, ids)
            await notify(session, SCAN)
        with suppress(TimeoutError):
            async with asyncio.timeout(wait_ms / 1000):
                await self.refresh()
                while not self._shows(requested):
                    await self.changed.wait()

    def _shows(self, requested: Mapping[int, int]) -> bool:
        """Whether the index shows what the requested scans found, or never will; those of others do not count."""
        known = [self.progress.sources[source] for source in requested if source in self.progress.sources]
        return all(
            source.paused
            or (source.pending == 0 and (source.path is None or source.scan_finished >= requested[source.id]))
            for source in known
        )

    def _on_notice(self, payload: str) -> None:
        if payload:
            source, generation = orjson.loads(payload)
            known = self.progress.sources.get(source)
            if generation is not None and known is not None and known.generation < generation:
                self.progress.sources[source] = replace(known, generation=generation)
        else:
            self._connected_times += 1
        self._notice.set()


def named(sources: Iterable[SourceProgress], wanted: str) -> SourceProgress | None:
    """Return the source of that id or, if there is none, of that name; of two names, what is private comes first."""
    own_first = sorted(sources, key=lambda item: item.visibility == "shared")
    by_id = (item for item in own_first if str(item.id) == wanted)
    return next(by_id, None) or next((item for item in own_first if item.name == wanted), None)


def statistics_of(read: tuple[int, bytes, bytes] | None) -> Statistics:
    """Return the statistics as they are stored, ready to be searched."""
    if read is None:
        return NO_STATISTICS
    chunks, terms, documents = read
    return Statistics(chunks, np.frombuffer(terms, np.int32), np.frombuffer(documents, np.int32))
