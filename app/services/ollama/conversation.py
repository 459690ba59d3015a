"""Asking a model: what is sent for a request, and what its answer is made of."""

import asyncio
from base64 import b64decode
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any

import httpx2
from pydantic import BaseModel, ValidationError

from app.core.adapter import BadAnswer
from app.core.pictures import PictureRefused, open_picture
from app.services.ollama.adapter import Ollama
from app.services.ollama.errors import ModelRefused
from app.services.ollama.schemas import ChatMessage, ChatRequest, Finished, GenerateRequest, Reply, ToolCall, Usage

MAX_ANSWER_CHARACTERS = 1_000_000
"""Where an answer is cut although its model goes on: 32,768 tokens, which one may ask for, are about 150,000."""

NANOSECONDS = 1e6
"""In a millisecond: Ollama counts in nanoseconds."""


class Said(BaseModel):
    """The part of a line that holds words, in an answer to a conversation."""

    content: str = ""
    thinking: str | None = None
    tool_calls: list[ToolCall] | None = None


class Chunk(BaseModel):
    """One line of an answer; `message` in conversations, `response` and `thinking` in completions."""

    message: Said | None = None
    response: str = ""
    thinking: str | None = None
    done: bool = False
    done_reason: str | None = None
    prompt_eval_count: int = 0
    eval_count: int = 0
    load_duration: int = 0
    total_duration: int = 0

    @property
    def said(self) -> Said:
        """The words of this line, whichever form it has."""
        return self.message or Said(content=self.response, thinking=self.thinking)


Part = Said | Finished


async def talk(ollama: Ollama, request: ChatRequest | GenerateRequest) -> AsyncGenerator[Part, None]:
    """Yield what a model says as it comes, and last how it ended. Close the iterator to stop the model.

    Raises:
        Busy: Too many calls run or wait.
        UnknownModel: There is no model of that name.
        NoModel: None was named, and there is none that talks.
        ModelRefused: The model cannot do this, or a picture is none.
        OllamaAway: Nothing answers, or it was lost in the middle.
        OllamaFailed: It stopped with an error, or answers nonsense.
    """
    await look_at(pictures_of(request))
    async with ollama.places.take():
        model = request.model or await ollama.default_model()
        path, body = asked(request, model)
        length = 0
        async with ollama.told_in_words(model), aclosing(ollama.lines(path, body)) as lines:
            async for line in lines:
                chunk = understood(line)
                said = chunk.said
                if said.content or said.thinking or said.tool_calls:
                    yield said
                length += len(said.content) + len(said.thinking or "")
                if chunk.done or length > MAX_ANSWER_CHARACTERS:
                    yield finished(model, chunk)
                    return


def understood(line: object) -> Chunk:
    """Return a line of an answer.

    Raises:
        BadAnswer: It is of no known form.
    """
    try:
        return Chunk.model_validate(line)
    except ValidationError as error:
        raise BadAnswer("Ollama answers in an unknown form", httpx2.codes.OK) from error


def finished(model: str, last: Chunk) -> Finished:
    """Return how an answer ended; one that was cut has not counted its tokens."""
    usage = Usage(
        prompt_tokens=last.prompt_eval_count,
        tokens=last.eval_count,
        load_ms=round(last.load_duration / NANOSECONDS, 1),
        total_ms=round(last.total_duration / NANOSECONDS, 1),
    )
    return Finished(model=model, done_reason=last.done_reason if last.done else "length", usage=usage)


async def whole(parts: AsyncGenerator[Part, None]) -> tuple[Reply, Finished]:
    """Return an answer in one piece."""
    said: list[Said] = []
    async with aclosing(parts):
        async for part in parts:
            if isinstance(part, Finished):
                reply = Reply(
                    content="".join(piece.content for piece in said),
                    thinking="".join(piece.thinking or "" for piece in said) or None,
                    tool_calls=[call for piece in said for call in piece.tool_calls or ()],
                )
                return reply, part
            said.append(part)
    raise AssertionError("an answer has an end")


async def events(parts: AsyncGenerator[Part, None]) -> AsyncGenerator[Mapping[str, Any], None]:
    """Yield `token`, `thinking` and `tool_calls` events, and last `done`."""
    async with aclosing(parts):
        async for part in parts:
            if isinstance(part, Finished):
                yield {"type": "done", **part.model_dump()}
                return
            if part.thinking:
                yield {"type": "thinking", "text": part.thinking}
            if part.content:
                yield {"type": "token", "text": part.content}
            if part.tool_calls:
                yield {"type": "tool_calls", "tool_calls": [call.model_dump() for call in part.tool_calls]}


def asked(request: ChatRequest | GenerateRequest, model: str) -> tuple[str, dict[str, Any]]:
    """Return the path and the body of the call to Ollama."""
    body = {"model": model, "stream": True, **request.model_dump(include={"options", "format", "think"})}
    body["options"] = request.options.model_dump(exclude_none=True)
    if isinstance(request, GenerateRequest):
        body |= request.model_dump(include={"prompt", "system", "suffix", "raw", "images"})
        path = "/api/generate"
    else:
        body |= {"messages": turns(request), "tools": [tool.model_dump() for tool in request.tools] or None}
        path = "/api/chat"
    return path, {name: value for name, value in body.items() if value is not None}


def turns(request: ChatRequest) -> list[dict[str, Any]]:
    """Return the conversation, with what the model is told first."""
    told = [ChatMessage(role="system", content=request.system)] if request.system else []
    said = request.messages or [ChatMessage(role="user", content=request.message or "")]
    return [turn.model_dump(exclude_none=True) for turn in (*told, *said)]


def pictures_of(request: ChatRequest | GenerateRequest) -> list[str]:
    """Return all pictures of a request, in base64."""
    if isinstance(request, GenerateRequest):
        return request.images or []
    return [picture for turn in request.messages or () for picture in turn.images or ()]


async def look_at(pictures: list[str]) -> None:
    """Open pictures once before a model gets them: its own decoder may be less careful.

    Raises:
        ModelRefused: One is no picture that may be opened.
    """
    for number, picture in enumerate(pictures, 1):
        try:
            await asyncio.to_thread(lambda sent: open_picture(b64decode(sent, validate=True)), picture)
        except ValueError as error:
            reason = str(error) if isinstance(error, PictureRefused) else "it is not in base64"
            raise ModelRefused(f"Picture {number} cannot be used: {reason}.") from error
