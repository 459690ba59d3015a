"""The catalogues of all sources, kept in step with the database when they are asked, and the texts used last."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence

from app.db.database import Database
from app.services.rag import text_repository
from app.services.rag.chunking import language_of, modality_of
from app.services.rag.progress import SourceProgress
from app.services.rag.text_repository import Listing
from app.services.rag.texts.catalogue import Catalogue, FileEntry, Needs
from app.services.rag.texts.kept import OVERHEAD_BYTES, KeptTexts
from app.services.rag.texts.turns import turn_of

BATCH_BYTES = 1_000_000
"""Texts that are read from the database at once: 5 ms of the event loop."""

BATCH_FILES = 500
"""Rows of the catalogue that are read at once."""


class Texts:
    """Texts of the main database as this process knows them.

    Attributes:
        kept: The texts in memory.
    """

    def __init__(self, database: Database, most_bytes: int) -> None:
        self.kept = KeptTexts(most_bytes)
        self._database = database
        self._catalogues: dict[int, Catalogue] = {}
        self._syncing = asyncio.Lock()
        self._warming: asyncio.Task[None] | None = None

    async def sync(self, asked: Sequence[SourceProgress]) -> None:
        """Bring the catalogues of these sources to at least the generation they are known to have.

        A statement of its own tells all files of a source and its generation, so the catalogue is never older than
        the generation an answer names; comparing is the one mechanism, and it takes 1 ms for 1,700 files.
        """
        async with self._syncing:
            behind = [source.id for source in asked if self._generation(source.id) < source.generation]
            if not behind:
                return
            async with self._database.reading() as connection:
                for listing in await text_repository.listings(connection, behind):
                    await self._take_over(listing)
        if self._warming is None or self._warming.done():
            self._warming = asyncio.create_task(self._warm(), name="warm texts")

    def _generation(self, source_id: int) -> int:
        known = self._catalogues.get(source_id)
        return -1 if known is None else known.generation

    async def _take_over(self, listing: Listing) -> None:
        catalogue = self._catalogues.setdefault(listing.source_id, Catalogue())
        changed, gone = catalogue.differing(listing.files)
        self._forget(catalogue, gone)
        async with self._database.reading() as connection:
            for start in range(0, len(changed), BATCH_FILES):
                batch = changed[start : start + BATCH_FILES]
                found = await text_repository.details(connection, batch)
                for file in found:
                    language = language_of(file.path, file.head)
                    turn = turn_of(file.path, modality_of(language))
                    entry = FileEntry(file.id, listing.name, file.path, file.size, file.hash, language, turn)
                    catalogue.put(entry, file.signature)
                self._forget(catalogue, set(batch).difference(file.id for file in found))
        catalogue.generation = listing.generation

    def _forget(self, catalogue: Catalogue, ids: Iterable[int]) -> None:
        """Forget files that are gone; one of a listing may be gone when its details are read."""
        for file_id in ids:
            catalogue.remove(file_id)
            self.kept.drop(file_id)

    async def _warm(self) -> None:
        """Read the texts that fit, once somebody asked for one: the first question that reads all takes a second."""
        wanted: list[FileEntry] = []
        room = self.kept.room
        for catalogue in list(self._catalogues.values()):
            for entry in catalogue.candidates(()):
                needed = entry.size + OVERHEAD_BYTES
                if needed <= room and self.kept.get(entry.id, entry.hash) is None:
                    wanted.append(entry)
                    room -= needed
        for batch in batches(wanted):
            await self._read(batch)

    def candidates(self, source_ids: Iterable[int], needs: Needs) -> list[FileEntry]:
        """Return the files of these sources that may hold what is needed, those to be looked into first in front."""
        known = [self._catalogues[source] for source in source_ids if source in self._catalogues]
        found = [entry for catalogue in known for entry in catalogue.candidates(needs)]
        return found if len(known) == 1 else sorted(found, key=lambda entry: entry.turn)

    def entries(self, ids: Iterable[int]) -> list[FileEntry]:
        """Return the files of these ids that are known, in their order."""
        catalogues = list(self._catalogues.values())
        found = (entry for file_id in ids for known in catalogues if (entry := known.get(file_id)) is not None)
        return list(found)

    async def read(self, entries: Iterable[FileEntry]) -> AsyncIterator[list[tuple[FileEntry, bytes]]]:
        r"""Yield the files with their texts, by the megabyte; lines end with `\n` alone.

        A text may be newer than the catalogue; a file that is gone meanwhile is left out.
        """
        for batch in batches(entries):
            texts = {entry.id: self.kept.get(entry.id, entry.hash) for entry in batch}
            if missing := [entry for entry in batch if texts[entry.id] is None]:
                texts |= await self._read(missing)
            yield [(entry, found) for entry in batch if (found := texts[entry.id]) is not None]

    async def _read(self, entries: Sequence[FileEntry]) -> dict[int, bytes]:
        async with self._database.reading() as connection:
            contents = await text_repository.contents(connection, [entry.id for entry in entries])
        found: dict[int, bytes] = {}
        for file_id, (content_hash, content) in contents.items():
            found[file_id] = content.replace(b"\r\n", b"\n")
            self.kept.put(file_id, content_hash, found[file_id])
        return found

    async def close(self) -> None:
        """End what runs in the background."""
        if self._warming is not None:
            self._warming.cancel()
            await asyncio.gather(self._warming, return_exceptions=True)


def batches(entries: Iterable[FileEntry]) -> Iterator[list[FileEntry]]:
    """Cut files into runs of about a megabyte."""
    batch: list[FileEntry] = []
    size = 0
    for entry in entries:
        batch.append(entry)
        size += entry.size
        if size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
