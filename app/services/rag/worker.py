"""The indexing worker: claims files, chunks and embeds them, and replaces them whole.

The server runs it as a child; `python -m app.services.rag.worker` runs one more on any machine that reaches
the main database (DATABASE_URL).
"""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

import structlog

from app.core.children import Orders, as_child
from app.core.logging import configure_logging
from app.core.registry.backoff import delay
from app.core.settings import load_settings
from app.db.database import Database
from app.db.faults import is_unreachable
from app.db.listening import listening
from app.db.settings import DatabaseName, DatabaseSettings
from app.services.rag.channels import WORK, tell_changed
from app.services.rag.chunking import CHUNKER_VERSION, chunk, language_of, modality_of
from app.services.rag.embedded import embedded_text, embedding_key
from app.services.rag.embedding import StaticEmbedding
from app.services.rag.indexing import manifest_repository as manifest
from app.services.rag.indexing import work_repository as work
from app.services.rag.indexing.work_repository import Claim, Indexed
from app.services.rag.lexical import document_vector
from app.services.rag.settings import RagSettings

log = structlog.get_logger(__name__)

IDLE_SECONDS = 2.0
"""How often an idle worker looks for work although nobody called: leases that ran out make no sound."""


BEAT_SECONDS = 15.0
"""How often a lease of 60 s is renewed while its files are worked on."""

NEWER_AT_ONCE = 4
"""Files that are taken out of turn, because they changed while a batch is worked on: what somebody just saved."""

APART = timedelta(seconds=0.25)
"""Files whose change was noticed so long after that of all others are no part of one change of many files."""

BATCH_SECONDS = 300.0
"""A batch of 48 files that each take the 3 s a parser is allowed takes half of it."""


@dataclass(frozen=True, slots=True)
class Failed:
    """A claim that could not be indexed."""

    claim: Claim
    reason: str


def index(claims: Sequence[Claim], embedding: StaticEmbedding) -> tuple[list[Indexed], list[Failed]]:
    """Chunk and embed files; pure computation, all embeddings in one call."""
    done: list[Indexed] = []
    failed: list[Failed] = []
    pieces = []
    for item in claims:
        try:
            pieces.append((item, chunk(item.path, item.text)))
        except Exception as error:  # one odd file must not keep the others from being indexed
            log.warning("chunking_failed", path=item.path, exc_info=error)
            failed.append(Failed(item, f"chunking failed with {type(error).__name__}; the log has the details"))
    embedded = [embedded_text(item.path, c.symbol, c.text) for item, cs in pieces for c in cs]
    vectors, keys = embedding.embed(embedded), [embedding_key(text) for text in embedded]
    start = 0
    for item, chunks in pieces:
        mine = slice(start, start + len(chunks))
        start += len(chunks)
        terms = [document_vector(c.text, item.path, c.symbol) for c in chunks]
        modality = modality_of(language_of(item.path, item.text[:200]))
        done.append(Indexed(item, chunks, modality, keys[mine], vectors[mine], terms))
    return done, failed


class Worker:
    """Claims under `name`, which no other worker alive has; what an earlier one of that name held is released."""

    def __init__(self, database: Database, name: str, batch_size: int) -> None:
        self._database = database
        self._name = name
        self._owner = f"{name}/{uuid4().hex[:8]}"
        self._batch_size = batch_size
        self._embedding = StaticEmbedding.load()
        self._wake = asyncio.Event()
        self._newer = asyncio.Event()

    async def run(self) -> None:
        """Work for ever, waiting out a database that is away."""
        failures, started = 0, False
        async with listening(self._database, WORK, self._on_notice):
            while True:
                self._wake.clear()
                try:
                    started = started or await self._start()
                    busy = await self.step()
                    failures = 0
                except Exception as error:  # the edge to the driver; anything but an absent database is passed on
                    if not is_unreachable(error):
                        raise
                    failures, started = failures + 1, False  # what was claimed is still held: release it
                    await asyncio.sleep(min(2.0, delay(failures)))
                    continue
                if not busy:
                    await wait_for(self._wake, IDLE_SECONDS)

    def _on_notice(self, _: str) -> None:
        self._wake.set()
        self._newer.set()

    async def _start(self) -> bool:
        async with self._database.transaction() as session:
            await work.release(session, f"{self._name}/")
            await work.outdated(session, CHUNKER_VERSION, self._embedding.model_id)
        return True

    async def step(self) -> bool:
        """Index one batch, and meanwhile what changed after it; return whether there was any."""
        self._newer.clear()
        async with self._database.transaction() as session:
            claims = await work.claim(session, self._owner, self._batch_size)
        if not claims:
            return False
        ended = asyncio.Event()
        newer = asyncio.create_task(self._let_pass(max(item.changed_at for item in claims), ended))
        try:
            for part in saved_first(claims):
                await self._index(part)
        finally:
            ended.set()
            self._newer.set()
            await newer
        return True

    async def _let_pass(self, after: datetime, ended: asyncio.Event) -> None:
        """Index files that change after that moment as they come, until the batch that they would wait for has ended.

        A save waited up to 2 s for a batch of 48 large files; beside it, it takes as long as it does alone, but for
        the share of the processor.
        """
        while True:
            await self._newer.wait()
            self._newer.clear()
            while not ended.is_set():
                async with self._database.transaction() as session:
                    claims = await work.claim_newer(session, self._owner, NEWER_AT_ONCE, after)
                if not claims:
                    break
                await self._index(claims)
            if ended.is_set():
                return

    async def _index(self, claims: Sequence[Claim]) -> None:
        back = await self._restore(claims)
        rest = [item for item in claims if item.file_id not in back]
        if rest:
            async with self._holding([item.file_id for item in rest]):
                done, failed = await asyncio.to_thread(index, rest, self._embedding)
            await self._write(done, failed)

    @asynccontextmanager
    async def _holding(self, file_ids: Sequence[int]) -> AsyncIterator[None]:
        """Renew the lease of files while they are worked on; end this process when that takes unreasonably long."""

        async def beat() -> None:
            for _ in range(round(BATCH_SECONDS / BEAT_SECONDS)):
                await asyncio.sleep(BEAT_SECONDS)
                with suppress(Exception):  # a database that is away is found out about when the result is written
                    async with self._database.transaction() as session:
                        await work.hold(session, self._owner, file_ids)
            log.error("batch_stuck", files=len(file_ids), after_s=BATCH_SECONDS)
            # A thread cannot be ended. The files are claimed again, each alone, and the one that is to blame is parked.
            os._exit(1)

        beating = asyncio.create_task(beat())
        try:
            yield
        finally:
            beating.cancel()

    async def _restore(self, claims: Sequence[Claim]) -> set[int]:
        """Take what was indexed before from the shelf; return those files."""
        async with self._database.transaction() as session:
            ours = await work.still_ours(session, self._owner, claims)
            kept = [item for item in claims if item.file_id in ours]
            chunks = await work.restore(session, kept, CHUNKER_VERSION, self._embedding.model_id)
            for source_id, reused in totals((item.source_id, chunks.get(item.file_id, 0)) for item in kept):
                if reused:
                    generation = await manifest.next_generation(session, source_id, reused=reused)
                    await tell_changed(session, source_id, generation)
        return set(chunks)

    async def _write(self, done: Sequence[Indexed], failed: Sequence[Failed]) -> None:
        async with self._database.transaction() as session:
            for item in failed:
                await work.fail(session, self._owner, item.claim.file_id, item.reason, retry_in_s=None)
            ours = await work.still_ours(session, self._owner, [item.claim for item in done])
            kept = [item for item in done if item.claim.file_id in ours]
            if kept:
                await work.replace(session, kept, CHUNKER_VERSION, self._embedding.model_id)
            for source_id, embedded in totals((item.claim.source_id, len(item.chunks)) for item in kept):
                generation = await manifest.next_generation(session, source_id, embedded=embedded)
                await tell_changed(session, source_id, generation)
            for source_id in {item.claim.source_id for item in failed}:
                await tell_changed(session, source_id, None)


def saved_first(claims: Sequence[Claim]) -> list[Sequence[Claim]]:
    """Return the claims as one batch, or as two where a few of them changed well after the others.

    A save that came between two batches was indexed together with 47 files of a change of branch, after 1.3 s.
    """
    newest = sorted(claims, key=lambda item: item.changed_at, reverse=True)
    for count in range(min(NEWER_AT_ONCE, len(newest) - 1), 0, -1):
        if newest[count - 1].changed_at - newest[count].changed_at > APART:
            return [newest[:count], newest[count:]]
    return [newest]


def totals(counts: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the sum of the counts of each source, in the order in which sources are locked."""
    sums: dict[int, int] = {}
    for source, count in counts:
        sums[source] = sums.get(source, 0) + count
    return sorted(sums.items())


async def wait_for(event: asyncio.Event, seconds: float) -> None:
    """Wait for the event, but no longer than that."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return


async def serve(orders: Orders) -> None:
    """Work until the parent ends."""
    settings = load_settings([RagSettings]).of(RagSettings)
    database = Database(orders.database_url, pool_size=3)  # a batch, what passes it, and the leases
    try:
        await Worker(database, orders.name, settings.continuous_indexing_batch_size).run()
    finally:
        await database.close()


def main() -> None:
    """Run as a child of the server, or on its own with DATABASE_URL."""
    settings = load_settings([DatabaseSettings, RagSettings])
    configure_logging(settings)
    if "--child" in sys.argv:
        asyncio.run(as_child(serve))
        return
    url = settings.of(DatabaseSettings).url(DatabaseName.main)
    if url is None:
        sys.exit("Set DATABASE_URL to the main database whose files this worker is to index.")
    asyncio.run(serve(Orders(url, f"{socket.gethostname()}-{os.getpid()}")))


if __name__ == "__main__":
    main()
