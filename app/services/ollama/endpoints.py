"""Language models over HTTP: asking one."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from app.core.access import NotAuthenticated, reader, user
from app.core.adapter import Busy, status_of
from app.core.errors import responses
from app.core.hanging_up import Ending, HungUp, stream_begun, unless_hung_up
from app.core.lifespan import running
from app.core.limits import Body, Rate, limits
from app.core.streaming import wants_stream
from app.services.ollama import vectors
from app.services.ollama.conversation import events, talk, whole
from app.services.ollama.errors import ModelRefused, NoModel, OllamaAway, OllamaFailed, UnknownModel
from app.services.ollama.schemas import (
    ChatOut,
    ChatRequest,
    EmbedOut,
    EmbedRequest,
    GenerateOut,
    GenerateRequest,
    OllamaStatus,
)
from app.services.ollama.service import Ollama, provider_of

router = APIRouter(prefix="/api/ollama", tags=["ollama"], responses=responses(NotAuthenticated))

OllamaDep = Annotated[Ollama, Depends(running("ollama", Ollama))]
MAY_FAIL = responses(UnknownModel, ModelRefused, HungUp, OllamaFailed, NoModel, OllamaAway, Busy, Ending)


@router.get("/status", dependencies=[Depends(reader)], summary="Whether there is a model that answers")
async def status(request: Request) -> OllamaStatus:
    """Tell whether Ollama was found or the built-in model stands in, and what to do if neither."""
    return OllamaStatus(**status_of(request, "ollama").model_dump(), provider=provider_of(request))


@router.post(
    "/chat", dependencies=[Depends(user)], summary="Talk to a model", response_model=ChatOut, responses=MAY_FAIL
)
@limits(Rate.expensive, Body.documents)
async def chat(request: Request, ollama: OllamaDep, asked: ChatRequest) -> ChatOut | Response:
    """Go on with a conversation: `messages`, or one `message`.

    As one JSON answer, or as a stream of `token` (`{"type": "token", "text": ...}`), `thinking` and `tool_calls`
    events, then `done` with what it took; as SSE, or NDJSON by Accept. Whoever hangs up stops the model.
    """
    if streams(request, asked.stream):
        return await stream_begun(request, events(talk(ollama, asked)))
    reply, end = await unless_hung_up(request, whole(talk(ollama, asked)))
    return ChatOut(**end.model_dump(), message=reply)


@router.post(
    "/generate",
    dependencies=[Depends(user)],
    summary="Complete a prompt",
    response_model=GenerateOut,
    responses=MAY_FAIL,
)
@limits(Rate.expensive, Body.documents)
async def generate(request: Request, ollama: OllamaDep, asked: GenerateRequest) -> GenerateOut | Response:
    """Complete a prompt; answered like `/chat`."""
    if streams(request, asked.stream):
        return await stream_begun(request, events(talk(ollama, asked)))
    reply, end = await unless_hung_up(request, whole(talk(ollama, asked)))
    return GenerateOut(**end.model_dump(), response=reply.content, thinking=reply.thinking)


@router.post("/embed", dependencies=[Depends(user)], summary="Embed texts", response_model=EmbedOut, responses=MAY_FAIL)
@limits(Rate.expensive, Body.documents)
async def embed(request: Request, ollama: OllamaDep, asked: EmbedRequest) -> Response:
    """Return a vector for each text, in their order."""
    found = await unless_hung_up(request, vectors.embed(ollama, asked))
    return Response(found.model_dump_json(), media_type="application/json")


def streams(request: Request, asked: bool | None) -> bool:
    """Whether the answer is a stream: as the body says, or else as Accept does."""
    return wants_stream(request) if asked is None else asked
