"""ComfyUI over HTTP: pictures and jobs."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from app.core.access import NotAuthenticated, User, reader, user
from app.core.adapter import AdapterStatus, status_of
from app.core.errors import responses
from app.core.lifespan import running
from app.core.limits import Body, Rate, limits
from app.core.streaming import stream
from app.core.tickets import ticketed
from app.services.comfy.errors import ComfyAway, ComfyFailed, TooManyJobs, UnknownJob, UnknownWorkflow, WorkflowRefused
from app.services.comfy.names import names
from app.services.comfy.schemas import GenerateRequest, Interrupt, JobOut, ModelsOut, Queued, QueueOut
from app.services.comfy.service import ComfyService

router = APIRouter(prefix="/api/comfy", tags=["comfy"], responses=responses(NotAuthenticated))

ComfyDep = Annotated[ComfyService, Depends(running("comfy", ComfyService))]
Limit = Annotated[int, Query(ge=1, le=200)]
Offset = Annotated[int, Query(ge=0, le=2**31)]
AWAY = (ComfyFailed, ComfyAway)


@router.get("/status", dependencies=[Depends(reader)], summary="Whether ComfyUI is there")
async def status(request: Request) -> AdapterStatus:
    """Tell whether ComfyUI was found, and what to do if it was not."""
    return status_of(request, "comfy")


@router.post(
    "/generate",
    status_code=202,
    summary="Make a picture",
    responses=responses(WorkflowRefused, UnknownWorkflow, TooManyJobs, *AWAY),
)
@limits(Rate.expensive, Body.documents)
async def generate(comfy: ComfyDep, caller: User, asked: GenerateRequest) -> Queued:
    """Queue a picture from words, or a workflow of your own; its job tells how far it is, and what was made."""
    return await comfy.jobs.generate(asked, caller.account)


@router.get("/jobs/{job_id}", summary="One job", responses=responses(UnknownJob, *AWAY))
@router.get("/history/{job_id}", summary="What became of a job", responses=responses(UnknownJob, *AWAY))
async def get_job(comfy: ComfyDep, caller: User, job_id: UUID) -> JobOut:
    """Tell how far a job of yours is, and which images it made."""
    return await comfy.jobs.job(job_id, caller.account)


@router.get(
    "/jobs/{job_id}/events",
    summary="Follow a job",
    response_class=StreamingResponse,
    responses=responses(UnknownJob),
)
@ticketed
async def job_events(request: Request, comfy: ComfyDep, caller: User, job_id: UUID) -> Response:
    """Stream a job: `queued`, `started`, `cached`, `executing`, `progress`, `executed`, then `done` or `error`.

    `executed` and `done` name the images. As SSE, or NDJSON by Accept. Events have ids: Last-Event-ID goes on behind
    the one that came last.
    """
    await comfy.jobs.row(job_id, caller.account)
    return stream(request, comfy.jobs.follow(job_id, last_event(request)))


@router.get("/jobs", summary="My jobs")
@router.get("/history", summary="My jobs")
async def history(
    comfy: ComfyDep, caller: User, response: Response, limit: Limit = 50, offset: Offset = 0
) -> list[JobOut]:
    """List jobs of yours as they are known, the newest first; their number is in X-Total-Count."""
    found, total = await comfy.jobs.of(caller.account, limit, offset)
    response.headers["X-Total-Count"] = str(total)
    return found


@router.get("/queue", summary="The queue", responses=responses(*AWAY))
async def queue(comfy: ComfyDep, caller: User) -> QueueOut:
    """Tell how long the queue is, and which jobs in it are yours."""
    mine = await comfy.jobs.unfinished(caller.account)
    running, pending = await comfy.queue()
    return QueueOut(running=len(running), pending=len(pending), mine=mine)


@router.post("/interrupt", summary="Stop a job", responses=responses(UnknownJob, *AWAY))
async def interrupt(comfy: ComfyDep, caller: User, asked: Interrupt) -> JobOut:
    """Stop a job of yours, or take it out of the queue; one that runs ends before its next step."""
    return await comfy.jobs.interrupt(asked.prompt_id, caller.account)


@router.get("/models", dependencies=[Depends(user)], summary="Names to choose from", responses=responses(*AWAY))
async def models(comfy: ComfyDep) -> ModelsOut:
    """List checkpoints, loras, samplers and schedulers that `generate` takes."""
    return await names(comfy)


@router.get("/object-info", dependencies=[Depends(user)], summary="Nodes", responses=responses(*AWAY))
@limits(Rate.expensive)
async def object_info(
    comfy: ComfyDep, node: Annotated[str | None, Query(min_length=1, max_length=200)] = None
) -> dict[str, Any]:
    """Tell what one node takes and gives, or all of them, in ComfyUI's own form."""
    return await comfy.object_info(node)


def last_event(request: Request) -> int:
    """Return the number in Last-Event-ID; 0 if there is none."""
    sent = request.headers.get("last-event-id", "")
    return int(sent) if sent.isdecimal() and len(sent) < MAX_DIGITS else 0


MAX_DIGITS = 10
