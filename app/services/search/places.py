"""The smaller questions to search: what is related, how a name goes on, how a query is understood."""

from collections.abc import Callable

from app.core.access import Caller
from app.core.cache import Cache
from app.services.rag.scope import Scope
from app.services.rag.service import Rag
from app.services.search.analysis import mode_of
from app.services.search.answers import Answers
from app.services.search.place_schemas import (
    Analysis,
    AnalyzeRequest,
    Cleared,
    Health,
    Related,
    RelatedRequest,
    Suggestion,
    Suggestions,
    SuggestionsRequest,
)
from app.services.search.ranking import understand
from app.services.search.related import related


class Places:
    """Answers that are quick enough to be computed each time."""

    def __init__(self, rag: Rag, cache: Callable[[], Cache | None], answers: Answers) -> None:
        self._rag = rag
        self._cache = cache
        self._answers = answers

    async def related(self, request: RelatedRequest, caller: Caller) -> Related:
        """Return what is related to a place in a file.

        Raises:
            UnknownSource: The named source does not exist, or is private to somebody else.
            UnknownPlace: The index holds no such line.
        """
        asked = await self._rag.sources(caller, request.source)
        symbol, results = await related(self._rag, request.path, request.line, Scope(asked.ids), request.limit)
        return Related(
            path=request.path, line=request.line, symbol=symbol, results=results, total=len(results), took_ms=0,
            generation=asked.generation, pending=asked.pending,
        )  # fmt: skip

    async def suggestions(self, request: SuggestionsRequest, caller: Caller) -> Suggestions:
        """Return names of symbols and files that begin with the query.

        Raises:
            UnknownSource: The named source does not exist, or is private to somebody else.
        """
        scope = Scope((await self._rag.sources(caller, request.source)).ids)
        names, paths = await self._rag.symbols.completions(request.query, scope, request.limit)
        symbols = [Suggestion(text=name, type="symbol", kind=kind, count=count) for name, kind, count in names]
        files = [Suggestion(text=path, type="file") for path in paths]
        return Suggestions(query=request.query, suggestions=(symbols + files)[: request.limit])

    async def analyze(self, request: AnalyzeRequest, caller: Caller) -> Analysis:
        """Return how a query is understood.

        Raises:
            UnknownSource: The named source does not exist, or is private to somebody else.
        """
        scope = Scope((await self._rag.sources(caller, request.source)).ids)
        weights = self._rag.weights(request.query, scope)
        kind = understand(request.query, self._rag.rarity(scope)).kind
        mode = mode_of(request.query, kind)
        return Analysis(query=request.query, kind=kind, tokens=list(weights), weights=weights, mode=mode)

    async def health(self, caller: Caller) -> Health:
        """Return whether answers are complete and quick."""
        asked, cache = await self._rag.sources(caller), self._cache()
        slow = await cache.probe() if cache else "there is no cache; every answer is computed"
        reason = slow or (f"{asked.pending} files are not indexed yet" if asked.pending else None)
        return Health(
            status="degraded" if reason else "healthy", reason=reason, cache=slow is None,
            generation=asked.generation, pending=asked.pending,
        )  # fmt: skip

    async def clear(self) -> Cleared:
        """Forget the kept answers of this process and of Redis."""
        return Cleared(cleared=await self._answers.clear())
