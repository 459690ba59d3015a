"""Steering the indexer over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from app.core.access import Admin, NotAllowed, NotAuthenticated
from app.core.errors import responses
from app.core.lifespan import running
from app.core.limits import Rate, limits
from app.services.rag import control
from app.services.rag.control_schemas import FailureOut, Job, Reindex, Requeue, Requeued, Which
from app.services.rag.errors import UnknownSource
from app.services.rag.progress import SourceProgress
from app.services.rag.schemas import SourceOut, Text
from app.services.rag.service import Rag

router = APIRouter(prefix="/api/rag", tags=["rag"], responses=responses(NotAuthenticated, NotAllowed, UnknownSource))

RagDep = Annotated[Rag, Depends(running("rag", Rag))]


@router.post("/indexing/pause", summary="Pause indexing")
async def pause(rag: RagDep, caller: Admin, which: Which | None = None) -> list[SourceOut]:
    """Index nothing more of a source, or of all, until it is resumed; changes on disk are still seen and counted."""
    return shown(await control.pause(rag, caller, which.source if which else None, paused=True))


@router.post("/indexing/resume", summary="Resume indexing")
async def resume(rag: RagDep, caller: Admin, which: Which | None = None) -> list[SourceOut]:
    """Go on with what became pending meanwhile."""
    return shown(await control.pause(rag, caller, which.source if which else None, paused=False))


@router.get("/indexing/failures", summary="Files that are not indexed")
async def failures(
    rag: RagDep,
    caller: Admin,
    response: Response,
    source: Annotated[Text | None, Query(description="Name or id of a source; all if left out")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    offset: Annotated[int, Query(ge=0, le=2**31)] = 0,
) -> list[FailureOut]:
    """List files that are refused or were given up, with the reason; their number is in X-Total-Count."""
    found, total = await control.failures(rag, caller, source, limit, offset)
    response.headers["X-Total-Count"] = str(total)
    return [FailureOut.model_validate(item) for item in found]


@router.post("/indexing/failures/requeue", summary="Try failed files again")
@limits(Rate.expensive)
async def requeue(rag: RagDep, caller: Admin, which: Requeue | None = None) -> Requeued:
    """Read and index failed files again: those named, or all."""
    asked = which or Requeue()
    return Requeued(requeued=await control.requeue(rag, caller, asked.source, asked.ids))


@router.post("/reindex", status_code=202, summary="Look at everything again")
@limits(Rate.expensive)
async def reindex(rag: RagDep, caller: Admin, which: Reindex | None = None) -> Job:
    """Compare the index with the disk now; with `force`, chunk and embed everything anew in the background."""
    asked = which or Reindex()
    job, sources = await control.reindex(rag, caller, asked.source, force=asked.force)
    return Job(job_id=job, force=asked.force, sources=shown(sources))


def shown(sources: list[SourceProgress]) -> list[SourceOut]:
    """Return sources in the form of the wire."""
    return [SourceOut.model_validate(source) for source in sources]
