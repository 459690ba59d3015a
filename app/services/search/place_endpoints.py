"""The smaller routes of search: related chunks, completion, how a query is understood, health, clearing the cache."""

import time
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from app.core.access import NotAllowed, NotAuthenticated, Reader, admin
from app.core.errors import responses
from app.core.lifespan import running
from app.services.rag.errors import UnknownSource
from app.services.search.errors import UnknownPlace
from app.services.search.place_schemas import (
    Analysis,
    AnalyzeRequest,
    Cleared,
    Health,
    Related,
    RelatedRequest,
    Suggestions,
    SuggestionsRequest,
)
from app.services.search.service import Search

router = APIRouter(prefix="/api/search", tags=["search"], responses=responses(NotAuthenticated))

SearchDep = Annotated[Search, Depends(running("search", Search))]


@router.get(
    "/related",
    summary="What is related to a line",
    responses=responses(UnknownSource, UnknownPlace),
)
async def related(search: SearchDep, caller: Reader, request: Annotated[RelatedRequest, Query()]) -> Related:
    """Find chunks of other files near in meaning to the one at a line, what it uses, and what uses it."""
    begun = time.perf_counter()
    answer = await search.places.related(request, caller)
    return answer.model_copy(update={"took_ms": round((time.perf_counter() - begun) * 1000, 3)})


@router.get("/suggestions", summary="Complete a name", responses=responses(UnknownSource))
async def suggestions(
    search: SearchDep, caller: Reader, request: Annotated[SuggestionsRequest, Query()]
) -> Suggestions:
    """Complete the names of symbols and files, shortest first."""
    return await search.places.suggestions(request, caller)


@router.post("/analyze", summary="How a query is understood", responses=responses(UnknownSource))
async def analyze(search: SearchDep, caller: Reader, request: AnalyzeRequest) -> Analysis:
    """Tell what kind of query this is, its tokens, and what each weighs (its inverse document frequency)."""
    return await search.places.analyze(request, caller)


@router.get("/health", summary="Whether search is current")
async def health(search: SearchDep, caller: Reader) -> Health:
    """Tell whether the index is complete and the cache answers."""
    return await search.places.health(caller)


@router.post(
    "/cache/clear", dependencies=[Depends(admin)], summary="Forget kept answers", responses=responses(NotAllowed)
)
async def clear_cache(search: SearchDep) -> Cleared:
    """Forget the answers kept in Redis and in this process; never needed for answers to be current."""
    return await search.places.clear()
