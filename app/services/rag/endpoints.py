"""The RAG room over HTTP."""

import time
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import StreamingResponse

from app.core.access import Admin, Caller, NotAllowed, NotAuthenticated, Reader
from app.core.errors import responses
from app.core.lifespan import running, state_of
from app.core.limits import Rate, limits
from app.core.streaming import stream
from app.core.tickets import ticketed
from app.services.rag import images, reporting, sources
from app.services.rag.errors import EmbeddingUnavailable, ImagesUnavailable, PathNotAllowed, SourceExists, UnknownSource
from app.services.rag.fusion import CANDIDATES, Fused, fuse
from app.services.rag.schemas import Hit, Indexing, SearchRequest, SearchResponse, SourceIn, SourceOut, Stats
from app.services.rag.scope import Scope
from app.services.rag.service import DENSE, Rag
from app.services.rag.settings import RagSettings

router = APIRouter(prefix="/api/rag", tags=["rag"], responses=responses(NotAuthenticated))

RagDep = Annotated[Rag, Depends(running("rag", Rag))]
UNKNOWN = responses(UnknownSource)
ASKED = responses(UnknownSource, EmbeddingUnavailable, ImagesUnavailable)
ADMIN = responses(NotAllowed)


@router.get("/search", summary="Find chunks by meaning", responses=ASKED)
@limits(Rate.search)
async def search(rag: RagDep, caller: Reader, request: Annotated[SearchRequest, Query()]) -> SearchResponse:
    """Return the chunks whose meaning is nearest to the question, with their whole text."""
    return await answer(rag, caller, request)


@router.post("/query", summary="Find chunks by meaning", responses=ASKED)
@limits(Rate.search)
async def query(rag: RagDep, caller: Reader, request: SearchRequest) -> SearchResponse:
    """Do the same as `GET search`, for questions that do not fit into a URL."""
    return await answer(rag, caller, request)


async def answer(rag: Rag, caller: Caller, request: SearchRequest) -> SearchResponse:
    """Ask the dense legs and show the chunks behind their rankings."""
    begun = time.perf_counter()
    if request.wait_ms:
        await rag.catch_up(caller, request.source, request.wait_ms)
    asked = await rag.sources(caller, request.source)
    scope = Scope(
        sources=asked.ids,
        paths=(request.path,) if request.path else (),
        languages=(request.language.lower(),) if request.language else (),
        modality=None if request.modality == "all" else request.modality,
    )
    depth = max(CANDIDATES, request.top_k)
    if request.modality == "images":
        seen = await images.ranked(rag, request.q, scope, depth)
        rankings, unseen = seen.rankings, seen.unseen
    else:
        rankings, unseen = await rag.dense_legs(request.q, scope, depth, rag.legs.usable(scope)), 0
    ranked = [item for item in fuse(rankings) if request.min_score is None or similarity(item) >= request.min_score]
    ranked = ranked[: request.top_k]
    found = await rag.chunks([item.chunk_id for item in ranked])
    checkouts = {item.id: {"branch": item.branch, "commit": item.commit} for item in asked.sources if item.commit}
    about = await rag.about(found) if any(source.path is None for source in asked.sources) else {}
    hits = [
        Hit(
            id=chunk.id,
            score=round(item.score, 4),
            text=chunk.text,
            source=chunk.source,
            path=chunk.path,
            start_line=chunk.start_line,
            end_line=chunk.end_line,
            symbol=chunk.symbol,
            language=chunk.language,
            modality=chunk.modality,
            metadata={
                **about.get(chunk.id, {}),
                "kind": chunk.kind,
                "defines": chunk.defines,
                **checkouts.get(chunk.source_id, {}),
                "similarity": {name: round(score, 4) for name, (_, score) in item.legs.items()},
            },
        )
        for item in ranked
        if (chunk := found.get(item.chunk_id))
    ]
    return SearchResponse(
        query=request.q,
        hits=hits,
        total=len(hits),
        took_ms=round((time.perf_counter() - begun) * 1000, 2),
        generation=asked.generation,
        pending=asked.pending + unseen,
        model="+".join(rag.embedding.model_id if name == DENSE else name for name in rankings),
    )


def similarity(item: Fused) -> float:
    """Return the highest cosine similarity that any leg gave."""
    return max(score for _, score in item.legs.values())


@router.get("/stats", summary="How much is indexed", responses=responses(NotAuthenticated))
async def stats(rag: RagDep, caller: Reader) -> Stats:
    """Count documents, chunks, vectors and bytes."""
    return await reporting.stats(rag, caller)


@router.get("/indexing", summary="Progress")
async def indexing(rag: RagDep, caller: Reader) -> Indexing:
    """Tell the truth about the index: what is known, indexed, pending and failed, and how far it lags."""
    return await reporting.indexing_now(rag, caller)


@router.get("/indexing/events", summary="Progress as a stream", response_class=StreamingResponse)
@ticketed
async def indexing_events(request: Request, rag: RagDep, caller: Reader) -> StreamingResponse:
    """Send a `progress` event now and whenever something changes, as SSE or NDJSON (see Accept)."""

    async def events() -> AsyncIterator[dict[str, Any]]:
        told: dict[str, Any] = {}
        while True:
            changed = rag.changed
            now = reporting.indexing(rag, caller).model_dump()
            if now != told:  # also so that nobody learns when something of others changes
                yield {"type": "progress", **now}
                told = now
            await changed.wait()

    return stream(request, events())


@router.get("/sources", summary="List sources")
async def list_sources(rag: RagDep, caller: Reader) -> list[SourceOut]:
    """List the sources that the caller may see, and where each is."""
    await rag.refresh()
    return [SourceOut.model_validate(source) for source in (await rag.sources(caller)).sources]


@router.get("/sources/{source}", summary="One source", responses=UNKNOWN)
async def get_source(rag: RagDep, caller: Reader, source: str) -> SourceOut:
    """Return the source of that name or id."""
    await rag.refresh()
    return SourceOut.model_validate((await rag.sources(caller, source)).sources[0])


@router.post("/sources", summary="Add a directory", responses=ADMIN | responses(SourceExists, PathNotAllowed))
@limits(Rate.expensive)
async def add_source(request: Request, rag: RagDep, caller: Admin, source: SourceIn) -> SourceOut:
    """Begin to index and watch a directory inside RAG_ALLOWED_ROOTS or the watch root.

    What is private is seen by the administrator who adds it, and by nobody else.
    """
    settings = state_of(request)["settings"].of(RagSettings)
    return SourceOut.model_validate(await sources.add(rag, caller, settings, source))


@router.delete("/sources/{source}", summary="Forget a source", responses=ADMIN | UNKNOWN)
@limits(Rate.expensive)
async def delete_source(rag: RagDep, caller: Admin, source: str) -> SourceOut:
    """Delete the source with everything indexed from it; the files on disk stay as they are."""
    return SourceOut.model_validate(await sources.delete(rag, caller, source))
