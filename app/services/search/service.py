"""Search over the index: legs in parallel, fused, cached as finished bytes."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from hashlib import blake2b

import orjson

from app.core.cache import Cache
from app.core.registry import Context
from app.services.rag.found import Found, Ranked
from app.services.rag.progress import SourceProgress
from app.services.rag.scope import Scope
from app.services.rag.service import Rag
from app.services.search.counters import Counters
from app.services.search.fusion import Fused, fuse
from app.services.search.schemas import Kind, LegRank, Result, SearchRequest
from app.services.search.settings import SearchSettings
from app.services.search.snippet import snippet

CANDIDATES = 50
"""Depth of each leg before fusion: a chunk below it on every leg has no chance of the first page."""

ANSWER_VERSION = 1
"""Part of the cache key: count up when the form or the ranking of answers changes."""


class Search:
    """Answers as JSON bytes.

    Attributes:
        counters: What was served.
    """

    def __init__(self, rag: Rag, cache: Callable[[], Cache | None], settings: SearchSettings) -> None:
        self.counters = Counters()
        self._rag = rag
        self._cache = cache
        self._settings = settings
        self._flights: dict[str, asyncio.Task[bytes]] = {}

    async def answer(self, kind: Kind, request: SearchRequest) -> bytes:
        """Return the answer to `request`, from the cache where it knows the same question about the same index.

        Raises:
            UnknownSource: The named source does not exist.
        """
        begun = time.perf_counter()
        if request.wait_ms:
            await self._rag.catch_up(request.source, request.wait_ms)
        asked = await self._rag.sources(request.source)
        key = cache_key(kind, request, asked, self._rag.embedding.model_id)
        cache = self._cache()
        results = await cache.get(key) if cache else None
        cached = results is not None
        if results is None:
            results = await self._once(key, kind, request, asked)
        took_ms = (time.perf_counter() - begun) * 1000
        self.counters.note(kind, took_ms, cached=cached)
        return finish(results, asked, took_ms, cached=cached)

    async def _once(self, key: str, kind: Kind, request: SearchRequest, asked: Sequence[SourceProgress]) -> bytes:
        """Compute the answer, or wait for whoever computes the same one already."""
        flight = self._flights.get(key)
        if flight is None:
            flight = asyncio.create_task(self._compute(key, kind, request, asked))
            self._flights[key] = flight
            flight.add_done_callback(lambda _: self._flights.pop(key, None))
        return await asyncio.shield(flight)

    async def _compute(self, key: str, kind: Kind, request: SearchRequest, asked: Sequence[SourceProgress]) -> bytes:
        scope = Scope(
            sources=tuple(source.id for source in asked),
            paths=tuple(request.paths),
            languages=tuple(language.lower() for language in request.languages),
        )
        depth = max(CANDIDATES, request.limit)
        legs: dict[str, Awaitable[list[Ranked]]] = {"dense": self._rag.dense(request.query, scope, depth)}
        if kind == "hybrid":
            legs["lexical"] = self._rag.lexical(request.query, scope, depth)
        rankings = dict(zip(legs, await asyncio.gather(*legs.values()), strict=True))
        ranked = fuse(rankings)
        if kind == "semantic":
            for item in ranked:
                item.score = item.legs["dense"][1]
        best = [item for item in ranked if request.min_score is None or item.score >= request.min_score]
        best = best[: request.limit]
        chunks = await self._rag.chunks([item.chunk_id for item in best])
        results = [result(item, chunk, request) for item in best if (chunk := chunks.get(item.chunk_id)) is not None]
        head = {
            "query": request.query,
            "kind": kind,
            "results": [item.model_dump(exclude=None if request.explain else {"explain"}) for item in results],
            "total": len(results),
        }
        body = orjson.dumps(head)[:-1]
        if cache := self._cache():
            await cache.set(key, body, self._settings.ttl(kind))
        return body


def result(item: Fused, chunk: Found, request: SearchRequest) -> Result:
    """Return a fused chunk as it is shown."""
    legs = {name: LegRank(rank=rank, score=round(score, 4)) for name, (rank, score) in item.legs.items()}
    return Result(
        path=chunk.path,
        start_line=chunk.start_line,
        end_line=chunk.end_line,
        score=round(item.score, 4),
        snippet=snippet(chunk.text, request.query, request.context_lines),
        symbol=chunk.symbol,
        language=chunk.language,
        match_type="+".join(legs),
        source=chunk.source,
        explain=legs if request.explain else None,
    )


def cache_key(kind: Kind, request: SearchRequest, asked: Sequence[SourceProgress], model: str) -> str:
    """Return the key of an answer: everything it depends on, so that nothing is ever purged by hand.

    Installations may share one Redis: the moment a source was made tells its generations from another's.
    """
    depends = {
        "version": ANSWER_VERSION,
        "kind": kind,
        "model": model,
        "request": request.model_dump(exclude={"wait_ms", "source"}),
        "sources": [
            (source.id, source.created_at, source.generation, source.statistics_generation) for source in asked
        ],
    }
    return "search:" + blake2b(orjson.dumps(depends, option=orjson.OPT_SORT_KEYS), digest_size=16).hexdigest()


def finish(results: bytes, asked: Sequence[SourceProgress], took_ms: float, *, cached: bool) -> bytes:
    """Return the JSON of an answer: the kept part, closed with what is true only now."""
    tail = {
        "took_ms": round(took_ms, 3),
        "cached": cached,
        "generation": sum(source.generation for source in asked),
        "pending": sum(source.pending for source in asked),
    }
    return results + b"," + orjson.dumps(tail)[1:]


@asynccontextmanager
async def open_search(context: Context) -> AsyncIterator[Search]:
    """Search on top of the index; the cache may come and go."""

    def cache() -> Cache | None:
        try:
            return context.get("cache", Cache)
        except LookupError:
            return None

    yield Search(context.get("rag", Rag), cache, context.settings.of(SearchSettings))
