"""The index as other rooms and the routes see it: legs to ask, chunks to show, progress to wait for."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.core.registry import Context
from app.db.database import Database
from app.services.rag import repository, vector_repository
from app.services.rag.documents import repository as document_repository
from app.services.rag.embedding import StaticEmbedding
from app.services.rag.following import Following
from app.services.rag.found import Candidate, Found, Ranked
from app.services.rag.legs import Legs, UsableLeg, make_legs
from app.services.rag.lexical import inverse_frequency, query_tokens, query_vector, term_id
from app.services.rag.neighbours import Neighbours
from app.services.rag.nominating import nominators
from app.services.rag.scope import Scope, SeenSources
from app.services.rag.settings import RagSettings, indexing_off
from app.services.rag.statistics import together
from app.services.rag.symbols import Symbols
from app.services.rag.texts import Texts

DENSE = "dense"
"""What the leg of the built-in embedding is called in answers."""


class Rag(Following):
    """The index of this process's main database.

    Attributes:
        texts: The texts of all files, for literals, regular expressions and patterns.
        symbols: What is defined where.
        neighbours: What is related to a place.
        embedding: The built-in embedding, for queries.
    """

    def __init__(
        self,
        database: Database,
        embedding: StaticEmbedding,
        legs: Legs | None = None,
        text_bytes: int = 64_000_000,
    ) -> None:
        super().__init__(database, embedding.model_id, legs or Legs(database, (), allow_fallback=True))
        self.texts = Texts(database, text_bytes)
        self.symbols = Symbols(database)
        self.neighbours = Neighbours(database, self.symbols)
        self.embedding = embedding

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
        scope = replace(scope, sources=SeenSources(tuple(source.id for source in known)))
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
        known = self.statistics(scope.sources)
        terms = query_vector(query, 0, {})
        total, documents = together(known, terms)
        weights = query_vector(query, total, documents)
        if not scope.sources or not weights:
            return []
        return await repository.lexical(self.database, weights, nominators(weights, documents, total), scope, limit)

    def weights(self, query: str, scope: Scope) -> dict[str, float]:
        """Return the inverse document frequency of each token of a query."""
        known = self.statistics(scope.sources)
        total, documents = together(known, query_vector(query, 0, {}))
        weights = query_vector(query, total, documents)
        return {token: round(weights[term_id(token)], 4) for token in query_tokens(query)}

    def rarity(self, scope: Scope) -> Callable[[str], float]:
        """Return the function that tells how rare a stem is in these sources: its inverse document frequency."""
        known = self.statistics(scope.sources)
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
