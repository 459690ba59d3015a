"""Answers over HTTP."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from app.core.access import NotAuthenticated, Reader
from app.core.errors import responses
from app.core.hanging_up import Ending, HungUp, unless_hung_up
from app.core.lifespan import running
from app.core.limits import Rate, limits
from app.core.streaming import stream
from app.services.answers.errors import AnswerFailed
from app.services.answers.schemas import AnswerOut, AnswerRequest
from app.services.answers.service import Answers
from app.services.ollama.errors import UnknownModel
from app.services.rag.errors import EmbeddingUnavailable, UnknownSource

router = APIRouter(prefix="/api/rag", tags=["rag"], responses=responses(NotAuthenticated))

AnswersDep = Annotated[Answers, Depends(running("answers", Answers))]


@router.post(
    "/answer",
    summary="Answer a question in words",
    response_model=AnswerOut,
    responses=responses(UnknownSource, UnknownModel, EmbeddingUnavailable, AnswerFailed, HungUp, Ending),
)
@limits(Rate.expensive)
async def answer(request: Request, answers: AnswersDep, caller: Reader, asked: AnswerRequest) -> AnswerOut | Response:
    """Answer from the index, in the words of a local model, naming the passages it speaks from.

    A stream of `token` events (`{"type": "token", "text": ...}`), then `done` with citations and passages; as SSE, or
    NDJSON by Accept. With `stream: false` one JSON answer. Without a model the passages alone, and a message.
    """
    found = await answers.find(asked, caller)
    if not asked.stream:
        return await unless_hung_up(request, answers.whole(asked, found))

    async def events() -> AsyncIterator[dict[str, Any]]:
        async with aclosing(answers.answer(asked, found)) as parts:
            async for part in parts:
                if isinstance(part, str):
                    yield {"type": "token", "text": part}
                else:
                    yield {"type": "done", **part.model_dump(exclude={"answer"})}

    return stream(request, events())
