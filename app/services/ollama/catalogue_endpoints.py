"""Language models over HTTP: which there are."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from app.core.access import NotAuthenticated, admin, user
from app.core.adapter import Busy
from app.core.errors import responses
from app.core.hanging_up import Ending, HungUp, stream_begun, unless_hung_up
from app.core.limits import Rate, limits
from app.services.ollama import catalogue
from app.services.ollama.catalogue_schemas import Model, ModelDetail, Pulled, PullRequest
from app.services.ollama.endpoints import OllamaDep, streams
from app.services.ollama.errors import ModelRefused, OllamaAway, OllamaFailed, UnknownModel

router = APIRouter(prefix="/api/ollama", tags=["ollama"], responses=responses(NotAuthenticated))

Name = Annotated[str, Path(max_length=200, pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/@-]*$")]


@router.get(
    "/models",
    dependencies=[Depends(user)],
    summary="List the models",
    responses=responses(OllamaAway, OllamaFailed),
)
async def list_models(
    ollama: OllamaDep,
    response: Response,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    offset: Annotated[int, Query(ge=0, le=10_000)] = 0,
) -> list[Model]:
    """List the models that are there, the one pulled last first; their number is in X-Total-Count."""
    found = await catalogue.models(ollama)
    response.headers["X-Total-Count"] = str(len(found))
    return found[offset : offset + limit]


@router.get(
    "/models/{name:path}",
    dependencies=[Depends(user)],
    summary="One model",
    responses=responses(UnknownModel, OllamaAway, OllamaFailed),
)
async def get_model(ollama: OllamaDep, name: Name) -> ModelDetail:
    """Tell what a model can do, how much it reads, and under which licence."""
    return await catalogue.detail(ollama, name)


@router.post(
    "/pull",
    dependencies=[Depends(admin)],
    summary="Download a model",
    response_model=Pulled,
    responses=responses(UnknownModel, HungUp, OllamaFailed, OllamaAway, Busy, Ending),
)
@limits(Rate.expensive)
async def pull(request: Request, ollama: OllamaDep, asked: PullRequest) -> Pulled | Response:
    """Download a model from Ollama's library.

    One answer when it is there, or a stream of `progress` events, then `done`. Whoever hangs up stops the download; the
    next one goes on there.
    """
    if streams(request, asked.stream):
        return await stream_begun(request, catalogue.events(catalogue.pull(ollama, asked.model)))
    return await unless_hung_up(request, catalogue.pulled(catalogue.pull(ollama, asked.model)))


@router.delete(
    "/models/{name:path}",
    dependencies=[Depends(admin)],
    summary="Delete a model",
    responses=responses(UnknownModel, ModelRefused, OllamaAway, OllamaFailed),
)
async def delete_model(ollama: OllamaDep, name: Name) -> Model:
    """Delete a model from the disk; the answer is what it was."""
    return await catalogue.delete(ollama, name)
