"""Search over the index: legs in parallel, fused, cached as finished bytes."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from hashlib import blake2b
from uuid import uuid4

import orjson

from app.core.access import Caller
from app.core.cache import Cache
from app.core.registry import Context
from app.services.rag.found import Found, Ranked
from app.services.rag.legs import UsableLeg
from app.services.rag.progress import Asked
from app.services.rag.scope import Scope
from app.services.rag.service import Rag
from app.services.search.answers import ANSWERS, Answers, IncompleteError, Tier
from app.services.search.counters import Counters, together
from app.services.search.places import Places
from app.services.search.ranking import Hit, Question, rank, understand
from app.services.search.schemas import Explanation, Kind, LegRank, Performance, Result, SearchRequest
from app.services.search.settings import SearchSettings
from app.services.search.snippet import Snippets
from app.services.search.syntax.schemas import SyntaxRequest
from app.services.search.syntax.service import SyntaxSearch

CANDIDATES = 100
"""Depth of each leg: factors lift a chunk over a few dozen others, seldom over a hundred."""

COMPUTED_AT_ONCE = 8
"""Answers by rank. Each takes up to four connections of twenty for milliseconds: a hundred at once would only wait for
each other's, and some of them too long."""

ANSWER_VERSION = 4
"""Part of the cache key: count up when the form or the ranking of answers changes."""

TELL_SECONDS = 1.0
"""How often this process leaves its counts for the others."""

TOLD_TTL_SECONDS = 3600


class Search:
    """Answers as JSON bytes.

    Attributes:
        counters: What was served.
        places: The smaller questions: related, completion, how a query is understood, health.
    """

    def __init__(self, rag: Rag, cache: Callable[[], Cache | None], settings: SearchSettings) -> None:
        self.counters = Counters()
        self._rag = rag
        self._cache = cache
        self._answers = Answers(cache)
        self._settings = settings
        self.places = Places(rag, cache, self._answers)
        self._syntax = SyntaxSearch(rag, settings.search_syntax_seconds)
        self._computing = asyncio.Semaphore(COMPUTED_AT_ONCE)
        self._name = uuid4().hex
        self._counts = f"search:counts:{installation(rag)}"

    async def answer(self, kind: Kind, request: SearchRequest, caller: Caller) -> bytes:
        """Return the answer to `request`, from the cache where it knows the same question about the same index.

        What the caller may see are sources, and those are in the key: whoever sees the same gets the same answer.

        Raises:
            UnknownSource: The named source does not exist, or is private to somebody else.
            EmbeddingUnavailable: A leg does not answer, and EMBEDDING_ALLOW_FALLBACK is false.
        """
        begun = time.perf_counter()
        if request.wait_ms:
            await self._rag.catch_up(caller, request.source, request.wait_ms)
        asked = await self._rag.sources(caller, request.source)
        scope = Scope(
            sources=asked.ids,
            paths=tuple(request.paths),
            languages=tuple(language.lower() for language in request.languages),
        )
        legs = [] if kind == "syntax" else self._rag.legs.usable(scope)
        key = cache_key(kind, request, asked, self._rag.embedding.model_id, legs)
        compute = partial(self._compute, kind, request, scope, legs)
        results, tier = await self._answers.get(key, self._settings.ttl(kind), compute)
        took_ms = (time.perf_counter() - begun) * 1000
        self.counters.note(kind, took_ms, tier)
        return finish(results, asked, took_ms, cached=tier is not Tier.computed)

    async def performance(self) -> Performance:
        """Return what every running process of this installation counted."""
        cache = self._cache()
        told = await cache.told(self._counts) if cache else {}
        told.pop(self._name, None)
        return together(self.counters, told.values()).performance()

    async def tell_counts(self) -> None:
        """Leave the counts of this process for the others, for ever; take them back at the end."""
        try:
            while True:
                if cache := self._cache():
                    await cache.tell(self._counts, self._name, self.counters.encode(), TOLD_TTL_SECONDS)
                await asyncio.sleep(TELL_SECONDS)
        finally:
            if cache := self._cache():
                await cache.forget(self._counts, self._name)

    async def _compute(self, kind: Kind, request: SearchRequest, scope: Scope, extra: Sequence[UsableLeg]) -> bytes:
        """Return the part of an answer that is kept.

        Raises:
            IncompleteError: A leg failed meanwhile; holds the answer of the others.
        """
        if isinstance(request, SyntaxRequest):
            return await self._by_form(request, scope)
        async with self._computing:
            return await self._by_rank(kind, request, scope, extra)

    async def _by_rank(self, kind: Kind, request: SearchRequest, scope: Scope, extra: Sequence[UsableLeg]) -> bytes:
        depth = max(CANDIDATES, request.limit)
        question = understand(request.query, self._rag.rarity(scope))
        asking: list[Awaitable[dict[str, list[Ranked]]]] = []
        if kind == "hybrid":  # the database looks up words while the question is embedded
            asking.append(self._leg("lexical", self._rag.lexical(request.query, scope, depth)))
            asking.append(self._leg("symbol", self._rag.symbols.defining(question.names, scope, depth)))
        asking.append(self._rag.dense_legs(request.query, scope, depth, extra))
        *others, rankings = await asyncio.gather(*asking)
        for found in others:
            rankings |= found
        candidates = await self._rag.candidates({item.chunk_id for ranking in rankings.values() for item in ranking})
        ranked = rank(question, rankings, candidates)
        best = [hit for hit in ranked if request.min_score is None or hit.score >= request.min_score][: request.limit]
        chunks = await self._rag.chunks([hit.candidate.chunk_id for hit in best])
        snippets = Snippets(request.query, request.context_lines)
        results = [
            result(question, hit, chunk, snippets, explain=request.explain)
            for hit in best
            if (chunk := chunks.get(hit.candidate.chunk_id)) is not None
        ]
        answer = body(kind, request, results, len(results))
        if any(leg.name not in rankings for leg in extra):
            raise IncompleteError(answer)
        return answer

    async def _leg(self, name: str, ranking: Awaitable[list[Ranked]]) -> dict[str, list[Ranked]]:
        return {name: await ranking}

    async def _by_form(self, request: SyntaxRequest, scope: Scope) -> bytes:
        if request.language and request.mode != "pattern":
            scope = replace(scope, languages=(*scope.languages, request.language.lower()))
        found = await self._syntax.find(request, scope)
        answer = body("syntax", request, found.results, found.total, truncated=found.truncated)
        if not found.in_time:
            raise IncompleteError(answer)
        return answer

    async def close(self) -> None:
        """End what was started."""
        await self._syntax.close()


def body(kind: Kind, request: SearchRequest, results: Sequence[Result], total: int, **more: bool) -> bytes:
    """Return the part of an answer that is kept: JSON without its end."""
    head = {
        "query": request.query,
        "kind": kind,
        "results": [item.model_dump(exclude=None if request.explain else {"explain"}) for item in results],
        "total": total,
        **more,
    }
    return orjson.dumps(head)[:-1]


def installation(rag: Rag) -> str:
    """Return what tells this installation from others that share its Redis: where its main database is."""
    url = rag.database.url
    return blake2b(f"{url.host}:{url.port}/{url.database}".encode(), digest_size=8).hexdigest()


def result(question: Question, hit: Hit, chunk: Found, snippets: Snippets, *, explain: bool) -> Result:
    """Return a hit as it is shown."""
    legs = {name: LegRank(rank=place, score=round(score, 4)) for name, (place, score) in hit.legs.items()}
    boosts = {name: round(factor, 3) for name, factor in hit.boosts.items()}
    return Result(
        path=chunk.path,
        start_line=chunk.start_line,
        end_line=chunk.end_line,
        score=round(hit.score, 4),
        snippet=snippets.of(chunk.text),
        symbol=chunk.symbol,
        language=chunk.language,
        match_type="+".join(legs),
        source=chunk.source,
        explain=Explanation(query_kind=question.kind, legs=legs, boosts=boosts) if explain else None,
    )


def cache_key(kind: Kind, request: SearchRequest, asked: Asked, model: str, legs: Sequence[UsableLeg] = ()) -> str:
    """Return the key of an answer: everything it depends on, so that nothing is ever purged by hand.

    Installations may share one Redis: the moment a source was made tells its generations from another's.
    """
    depends = {
        "version": ANSWER_VERSION,
        "kind": kind,
        "model": model,
        "legs": [(leg.name, leg.leg_id, leg.sources) for leg in legs],
        "request": request.model_dump(exclude={"wait_ms", "source"}),
        "sources": [
            (s.id, s.created_at, s.generation, s.statistics_generation, s.embedded_otherwise) for s in asked.sources
        ],
    }
    return ANSWERS + blake2b(orjson.dumps(depends, option=orjson.OPT_SORT_KEYS), digest_size=16).hexdigest()


def finish(results: bytes, asked: Asked, took_ms: float, *, cached: bool) -> bytes:
    """Return the JSON of an answer: the kept part, closed with what is true only now."""
    tail = {
        "took_ms": round(took_ms, 3),
        "cached": cached,
        "generation": asked.generation,
        "pending": asked.pending,
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

    search = Search(context.get("rag", Rag), cache, context.settings.of(SearchSettings))
    telling = asyncio.create_task(search.tell_counts(), name="search counts")
    try:
        yield search
    finally:
        telling.cancel()
        await asyncio.gather(telling, return_exceptions=True)
        await search.close()
