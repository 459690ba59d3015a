"""ComfyUI over HTTP: files and workflows."""

from typing import Annotated, Literal

from fastapi import APIRouter, File, Path, Query, Response, UploadFile
from fastapi.responses import StreamingResponse

from app.core.access import NotAuthenticated, User
from app.core.errors import responses
from app.core.limits import Body, Rate, limits
from app.core.paths import PathRefused, check_name
from app.services.comfy.endpoints import AWAY, ComfyDep, Limit, Offset
from app.services.comfy.errors import PictureUnusable, TooManyWorkflows, UnknownImage, UnknownWorkflow
from app.services.comfy.files import headers_of, opened
from app.services.comfy.graph import sent
from app.services.comfy.schemas import Image, Uploaded
from app.services.comfy.uploads import upload
from app.services.comfy.workflow_schemas import WorkflowHead, WorkflowIn, WorkflowOut

router = APIRouter(prefix="/api/comfy", tags=["comfy"], responses=responses(NotAuthenticated))

Name = Annotated[str, Path(min_length=1, max_length=100, pattern=r"^[\w][\w .()-]*$")]


@router.get(
    "/images/{filename}",
    summary="An image",
    response_class=Response,
    responses=responses(UnknownImage, *AWAY),
)
async def image(
    comfy: ComfyDep,
    caller: User,
    filename: Annotated[str, Path(max_length=255)],
    subfolder: Annotated[str, Query(max_length=1000)] = "",
    kind: Annotated[Literal["output", "temp"], Query(alias="type")] = "output",
) -> StreamingResponse:
    """Return a file that a job of yours made, as it comes."""
    try:
        check_name(f"{subfolder}/{filename}" if subfolder else filename)
    except PathRefused as error:
        raise UnknownImage(f"This is no name of a file: {error}.") from error
    wanted = Image(filename=filename, subfolder=subfolder, type=kind)
    pieces = await opened(await comfy.jobs.image(wanted, caller.account))
    return StreamingResponse(pieces, headers=headers_of(filename))


@router.post("/upload", summary="A picture for workflows", responses=responses(PictureUnusable, *AWAY))
@limits(Rate.expensive, Body.upload)
async def upload_picture(
    comfy: ComfyDep, caller: User, file: Annotated[UploadFile, File(description="PNG, JPEG, WebP or GIF")]
) -> Uploaded:
    """Put a picture where the node LoadImage finds it; it gets a name made of its content."""
    return await upload(comfy, await file.read(), caller.account)


@router.get("/workflows", summary="My workflows")
async def list_workflows(
    comfy: ComfyDep, caller: User, response: Response, limit: Limit = 50, offset: Offset = 0
) -> list[WorkflowHead]:
    """List workflows that you keep, by name; their number is in X-Total-Count."""
    found, total = await comfy.workflows.of(caller.account, limit, offset)
    response.headers["X-Total-Count"] = str(total)
    return [WorkflowHead.model_validate(item) for item in found]


@router.post("/workflows", summary="Keep a workflow", responses=responses(TooManyWorkflows))
@limits(Rate.default, Body.documents)
async def keep_workflow(comfy: ComfyDep, caller: User, kept: WorkflowIn) -> WorkflowOut:
    """Keep a workflow under a name, in place of the one that was there; `generate` takes it as `workflow_name`."""
    return WorkflowOut.model_validate(await comfy.workflows.keep(kept.name, caller.account, sent(kept.workflow)))


@router.get("/workflows/{name}", summary="One workflow", responses=responses(UnknownWorkflow))
async def get_workflow(comfy: ComfyDep, caller: User, name: Name) -> WorkflowOut:
    """Return a workflow that you keep."""
    return WorkflowOut.model_validate(await comfy.workflows.named(name, caller.account))


@router.delete("/workflows/{name}", summary="Delete a workflow", responses=responses(UnknownWorkflow))
async def delete_workflow(comfy: ComfyDep, caller: User, name: Name) -> WorkflowOut:
    """Delete a workflow that you keep; the answer is what it was."""
    return WorkflowOut.model_validate(await comfy.workflows.delete(name, caller.account))
