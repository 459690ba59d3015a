"""The index as other rooms and the routes see it: legs to ask, chunks to show, progress to wait for."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from itertools import accumulate
from typing import Any

import numpy as np
import orjson
import structlog
from numpy.typing import NDArray

from app.core.registry import Context
from app.db.database import Database
from app.db.listening import Listener, listening, notify
from app.services.rag import meters, repository, vector_repository
from app.services.rag.candidates import Candidates
from app.services.rag.channels import CHANGES, SCAN
from app.services.rag.documents import repository as document_repository
from app.services.rag.embedding import StaticEmbedding
from app.services.rag.errors import UnknownSource
from app.services.rag.found import Candidate, Found, Ranked
from app.services.rag.legs import Legs, UsableLeg, make_legs
from app.services.rag.lexical import inverse_frequency, query_tokens, query_vector, term_id
from app.services.rag.neighbours import Neighbours
from app.services.rag.progress import Progress, SourceProgress
from app.services.rag.scope import Scope
from app.services.rag.settings import RagSettings, indexing_off
from app.services.rag.statistics import NO_STATISTICS, Statistics, together
from app.services.rag.symbols import Symbols
from app.services.rag.texts import Texts

log = structlog.get_logger(__name__)

REFRESH_SECONDS = 0.15
"""Notices of one burst are answered by one look at the database; also the age a `pending` count may have."""

QUIET_REFRESH_SECONDS = 5.0
DENSE = "dense"
"""What the leg of the built-in embedding is called in answers."""

COMMON_SHARE = 0.07
"""A term in more than this share of the chunks nominates none while there is a rarer one: a chunk that holds only the
common words of a question is not what is meant. NDCG@10 over 22 repositories without the rule 0.875, with 0.3 0.877,
with 0.1 0.879, with 0.07 0.880, with 0.02 0.875."""

NOMINATED = 2000
"""Chunks that the terms of a query may nominate together, the rarest first: a nominee costs 2 us. On 18,000 chunks,
against all terms in under a tenth of them: 99.9 % of the first ten and 99 % of the first hundred are the same, in a
third of the time (2.9 ms, not 8.7, on a busy machine)."""


class Rag:
    """The index of this process's main database.

    Attributes:
        database: The main database.
        texts: The texts of all files, for literals, regular expressions and patterns.
        symbols: What is defined where.
        neighbours: What is related to a place.
        embedding: The built-in embedding, for queries.
        legs: The extra dense legs.
        progress: What is known of each source; renewed when a notice says that something changed.
        changed: Set and replaced each time `progress` was renewed; wait on it to follow.
    """

    def __init__(
        self,
        database: Database,
        embedding: StaticEmbedding,
        legs: Legs | None = None,
        text_bytes: int = 64_000_000,
    ) -> None:
        self.database = database
        self.texts = Texts(database, text_bytes)
        self.symbols = Symbols(database)
        self.neighbours = Neighbours(database, self.symbols)
        self.embedding = embedding
        self.legs = legs or Legs(database, (), allow_fallback=True)
        self._candidates = Candidates(database)
        self.progress = Progress()
        self.changed = asyncio.Event()
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
                sources = await repository.progress(connection, self.embedding.model_id)
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

    async def sources(self, wanted: str | None = None) -> list[SourceProgress]:
        """Return the source of that name or id, or all of them.

        Raises:
            UnknownSource: There is none.
        """
        if not self._hears_everything:
            await self.refresh()
        known = list(self.progress.sources.values())
        if wanted is None:
            return known
        found = named(known, wanted)
        if not found:
            await self.refresh()
            known = list(self.progress.sources.values())
            found = named(known, wanted)
        if not found:
            names = ", ".join(source.name for source in known) or "none yet"
            raise UnknownSource(f"There is no source {wanted!r}; there are: {names}.")
        return found

    def known(self, source_ids: Sequence[int]) -> list[SourceProgress]:
        """Return what is known of these sources."""
        return [found for source in source_ids if (found := self.progress.sources.get(source)) is not None]

    def embed(self, query: str) -> NDArray[np.float32]:
        """Return the unit vector of a query (0.1 ms)."""
        vector: NDArray[np.float32] = self.embedding.embed([query])[0]
        return vector

    async def dense(self, query: str, scope: Scope, limit: int) -> list[Ranked]:
        """Return the chunks nearest in meaning on the built-in leg, by cosine similarity.

        A source that a new version of the model is not through with is left out: its vectors are not comparable.
        """
        vector = self.embed(query)
        known = [source for source in self.known(scope.sources) if not source.embedded_otherwise]
        if not known or not vector.any():
            return []
        scope = replace(scope, sources=tuple(source.id for source in known))
        few = sum(source.chunks for source in known) < vector_repository.INDEX_FROM
        return await vector_repository.nearest(self.database, vector_repository.BUILT_IN, vector, scope, limit, few=few)

    async def dense_legs(
        self, query: str, scope: Scope, limit: int, extra: Sequence[UsableLeg]
    ) -> dict[str, list[Ranked]]:
        """Return the rankings of all dense legs: `dense` is the built-in one, `extra` ones go by their names.

        An extra leg that fails while it is asked is not among them.

        Raises:
            EmbeddingUnavailable: One failed, and EMBEDDING_ALLOW_FALLBACK is false.
        """
        others, built_in = await asyncio.gather(
            self.legs.rankings(extra, query, scope, limit), self.dense(query, scope, limit)
        )
        return {DENSE: built_in, **others}

    async def lexical(self, query: str, scope: Scope, limit: int) -> list[Ranked]:
        """Return the chunks with the best BM25 score for the words of the query."""
        known = [self._statistics.get(source, (None, NO_STATISTICS))[1] for source in scope.sources]
        terms = query_vector(query, 0, {})
        total, documents = together(known, terms)
        weights = query_vector(query, total, documents)
        if not scope.sources or not weights:
            return []
        return await repository.lexical(self.database, weights, nominators(weights, documents, total), scope, limit)

    def weights(self, query: str, scope: Scope) -> dict[str, float]:
        """Return the inverse document frequency of each token of a query."""
        known = [self._statistics.get(source, (None, NO_STATISTICS))[1] for source in scope.sources]
        total, documents = together(known, query_vector(query, 0, {}))
        weights = query_vector(query, total, documents)
        return {token: round(weights[term_id(token)], 4) for token in query_tokens(query)}

    def rarity(self, scope: Scope) -> Callable[[str], float]:
        """Return the function that tells how rare a stem is in these sources: its inverse document frequency."""
        known = [self._statistics.get(source, (None, NO_STATISTICS))[1] for source in scope.sources]
        total = sum(part.chunks for part in known)
        return lambda stem: inverse_frequency(total, sum(part.documents_with(term_id(stem)) for part in known))

    async def candidates(self, ids: Collection[int]) -> list[Candidate]:
        """Return what ranking has to know of these chunks."""
        return await self._candidates.of(ids)

    async def chunks(self, ids: Sequence[int]) -> dict[int, Found]:
        """Return chunks by id."""
        if not ids:
            return {}
        return await repository.chunks(self.database, ids)

    async def about(self, ids: Collection[int]) -> dict[int, dict[str, Any]]:
        """Return what is known of the documents these chunks are of; nothing of files of directories."""
        return await document_repository.about(self.database, ids) if ids else {}

    async def catch_up(self, wanted: str | None, wait_ms: int) -> None:
        """Look at the disk now and wait until the index shows it, or until `wait_ms` have passed."""
        ids = [source.id for source in await self.sources(wanted)]
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


def nominators(terms: Iterable[int], documents: Mapping[int, int], total: int) -> list[int]:
    """Return the rarest terms, as many as nominate at most `NOMINATED` of `total` chunks together.

    Common terms are none of them while there is a rarer one; where all are common, all may nominate.
    """
    every = sorted(terms, key=documents.__getitem__)
    rare = [term for term in every if documents[term] <= max(1.0, COMMON_SHARE * total)]
    ordered = rare or every
    together = accumulate(documents[term] for term in ordered)
    return [
        term
        for place, (term, count) in enumerate(zip(ordered, together, strict=True))
        if not place or count <= NOMINATED
    ]


def named(sources: Sequence[SourceProgress], wanted: str) -> list[SourceProgress]:
    """Return the source of that id or, if there is none, of that name."""
    return [item for item in sources if str(item.id) == wanted] or [item for item in sources if item.name == wanted]


def statistics_of(read: tuple[int, bytes, bytes] | None) -> Statistics:
    """Return the statistics as they are stored, ready to be searched."""
    if read is None:
        return NO_STATISTICS
    chunks, terms, documents = read
    return Statistics(chunks, np.frombuffer(terms, np.int32), np.frombuffer(documents, np.int32))


@asynccontextmanager
async def open_rag(context: Context) -> AsyncIterator[Rag]:
    """Load the built-in embedding and begin to follow the index."""
    embedding = await asyncio.to_thread(StaticEmbedding.load)
    database = context.get("main_database", Database)
    text_bytes = context.settings.of(RagSettings).text_cache_mb * 1_000_000
    rag = Rag(database, embedding, make_legs(database, context.settings), text_bytes)
    rag.progress.sourceless = indexing_off(context.settings) is not None
    await rag.refresh()
    tasks = [
        asyncio.create_task(rag.follow(), name="rag progress"),
        asyncio.create_task(rag.legs.follow(), name="rag legs"),
    ]
    for task in tasks:
        task.add_done_callback(lambda done: None if done.cancelled() else context.lost(f"ended: {done.exception()}"))
    try:
        yield rag
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await rag.legs.close()
        await rag.texts.close()
