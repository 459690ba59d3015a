"""The search room over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from app.core.access import Caller, NotAuthenticated, Reader, reader
from app.core.errors import responses
from app.core.lifespan import running
from app.core.limits import Rate, limits
from app.core.query import documented, query
from app.services.rag.errors import EmbeddingUnavailable, UnknownSource
from app.services.search.errors import InvalidPattern, InvalidRegex, UnknownLanguage
from app.services.search.schemas import Answer, Kind, Performance, SearchRequest
from app.services.search.service import Search
from app.services.search.syntax.schemas import SyntaxAnswer, SyntaxRequest

router = APIRouter(prefix="/api/search", tags=["search"], responses=responses(NotAuthenticated))

SearchDep = Annotated[Search, Depends(running("search", Search))]
SOURCES = responses(UnknownSource, EmbeddingUnavailable)
Asked = Annotated[SearchRequest, Depends(query(SearchRequest))]
PARAMETERS = documented(SearchRequest)
FORMS = responses(UnknownSource, InvalidRegex, InvalidPattern, UnknownLanguage)


async def send(search: Search, kind: Kind, request: SearchRequest, caller: Caller) -> Response:
    """Send the finished bytes as they are: they have the form of `Answer`, and a test holds them to it."""
    return Response(await search.answer(kind, request, caller), media_type="application/json")


@router.get(
    "/semantic", summary="Search by meaning", response_model=Answer, responses=SOURCES, openapi_extra=PARAMETERS
)
@limits(Rate.search)
async def semantic(search: SearchDep, caller: Reader, request: Asked) -> Response:
    """Find code and text whose meaning is nearest to the query, whatever words it uses."""
    return await send(search, "semantic", request, caller)


@router.post("/semantic", summary="Search by meaning", response_model=Answer, responses=SOURCES)
@limits(Rate.search)
async def semantic_post(search: SearchDep, caller: Reader, request: SearchRequest) -> Response:
    """Do the same as GET, with the fields in a body."""
    return await send(search, "semantic", request, caller)


@router.get(
    "/hybrid",
    summary="Search by meaning and by words",
    response_model=Answer,
    responses=SOURCES,
    openapi_extra=PARAMETERS,
)
@limits(Rate.search)
async def hybrid(search: SearchDep, caller: Reader, request: Asked) -> Response:
    """Find by meaning and by BM25 over code-aware words, fused by reciprocal rank."""
    return await send(search, "hybrid", request, caller)


@router.post("/hybrid", summary="Search by meaning and by words", response_model=Answer, responses=SOURCES)
@limits(Rate.search)
async def hybrid_post(search: SearchDep, caller: Reader, request: SearchRequest) -> Response:
    """Do the same as GET, with the fields in a body."""
    return await send(search, "hybrid", request, caller)


@router.get(
    "/syntax",
    summary="Search by form",
    response_model=SyntaxAnswer,
    responses=FORMS,
    openapi_extra=documented(SyntaxRequest),
)
@limits(Rate.search)
async def syntax(
    search: SearchDep, caller: Reader, request: Annotated[SyntaxRequest, Depends(query(SyntaxRequest))]
) -> Response:
    """Find lines by a literal or a regular expression (RE2), definitions by name, or code by a structural pattern."""
    return await send(search, "syntax", request, caller)


@router.post("/syntax", summary="Search by form", response_model=SyntaxAnswer, responses=FORMS)
@limits(Rate.search)
async def syntax_post(search: SearchDep, caller: Reader, request: SyntaxRequest) -> Response:
    """Do the same as GET, with the fields in a body."""
    return await send(search, "syntax", request, caller)


@router.get("/performance", dependencies=[Depends(reader)], summary="Counts and latencies")
async def performance(search: SearchDep) -> Performance:
    """Report what the running processes served since they started: counted, never assumed."""
    return await search.performance()
