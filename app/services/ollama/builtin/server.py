"""Ollama's protocol over llama.cpp: what the built-in model is asked by, with any client of Ollama."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from secrets import compare_digest
from time import perf_counter_ns
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from app.core.hanging_up import HungUp, unless_hung_up
from app.core.streaming import Streams
from app.services.ollama.builtin import translation
from app.services.ollama.builtin.llama import Llama, LlamaRefused
from app.services.ollama.builtin.model import CONTEXT, DETAILS, EMBEDS, LENGTH, NAME, described, hashed
from app.services.ollama.builtin.translation import line

Body = dict[str, Any]
Lines = AsyncGenerator[Body, None]

TOLD_EVERY = 8
"""Pieces of a megabyte of which a download tells once."""


class Refused(Exception):
    """A refusal in Ollama's form."""

    def __init__(self, words: str, status: int = 400) -> None:
        super().__init__(words)
        self.words, self.status = words, status


class BuiltInServer:
    """Serves one model; `key` is what a caller has to show."""

    def __init__(self, llama: Llama, file: Path, version: str, key: str) -> None:
        self._llama, self._file, self._version, self._key = llama, file, version, key

    def app(self) -> Starlette:
        """Return the application."""
        routes = {
            "/api/version": self.version,
            "/api/tags": self.tags,
            "/api/ps": self.running,
            "/api/show": self.show,
            "/api/chat": self.chat,
            "/api/generate": self.generate,
            "/api/embed": self.embed,
            "/api/pull": self.pull,
            "/api/delete": self.delete,
        }
        methods = {"/api/version": "GET", "/api/tags": "GET", "/api/ps": "GET", "/api/delete": "DELETE"}
        return Starlette(
            routes=[
                Route(path, self._guarded(serve), methods=[methods.get(path, "POST")]) for path, serve in routes.items()
            ],
            lifespan=self._lifespan,
        )

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[dict[str, Streams]]:
        yield {"streams": Streams()}
        await self._llama.aclose()

    def _guarded(self, serve: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        async def guarded(request: Request) -> Response:
            shown = request.headers.get("authorization", "")
            if not compare_digest(shown.encode(), f"Bearer {self._key}".encode()):
                return JSONResponse({"error": "unauthorized"}, 401)
            try:
                return await serve(request)
            except Refused as error:
                return JSONResponse({"error": error.words}, error.status)
            except HungUp:
                return Response(status_code=499)
            except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError, ValueError) as error:
                return JSONResponse({"error": f"invalid request: {error}"}, 400)

        return guarded

    async def version(self, _: Request) -> Response:
        """`GET /api/version`."""
        return JSONResponse({"version": self._version})

    async def tags(self, _: Request) -> Response:
        """`GET /api/tags`."""
        return JSONResponse({"models": [await asyncio.to_thread(described, self._file)]})

    async def running(self, _: Request) -> Response:
        """`GET /api/ps`."""
        there = [await asyncio.to_thread(described, self._file)] if self._llama.loaded else []
        return JSONResponse({"models": there})

    async def show(self, request: Request) -> Response:
        """`POST /api/show`."""
        await asked(request)
        info = {"general.architecture": "llama", "llama.context_length": CONTEXT, "llama.embedding_length": LENGTH}
        return JSONResponse(
            {
                "details": DETAILS,
                "model_info": info,
                "capabilities": ["completion", "embedding"],
                "license": "Apache-2.0",
            }
        )

    async def chat(self, request: Request) -> Response:
        """`POST /api/chat`."""
        body = await asked(request)
        if any(turn.get("images") for turn in body["messages"]):
            raise Refused(f"{NAME} does not support vision")
        return await self._words(request, "chat", body)

    async def generate(self, request: Request) -> Response:
        """`POST /api/generate`."""
        body = await asked(request)
        if body.get("suffix"):
            raise Refused(f"{NAME} does not support insert")
        if body.get("images"):
            raise Refused(f"{NAME} does not support vision")
        return await self._words(request, "generate", body)

    async def _words(self, request: Request, kind: str, body: Body) -> Response:
        if body.get("tools"):
            raise Refused(f"{NAME} does not support tools")
        if body.get("think"):
            raise Refused(f"{NAME} does not support thinking")
        wanted = {**translation.sampling(body.get("options") or {}), **translation.response_format(body.get("format"))}
        if kind == "generate" and body.get("raw"):
            path, sent = "/completion", {**wanted, "prompt": body["prompt"]}
        else:
            path = "/v1/chat/completions"
            options = {"stream_options": {"include_usage": True}}
            sent = {**wanted, **options, "messages": translation.conversation(body)}
        lines = self._lines(kind, path, sent)
        if body.get("stream", True):
            return await self._stream(request, lines)
        words, last = await unless_hung_up(request, joined(lines, kind))
        return JSONResponse({**last, **{name: line(kind, words)[name] for name in said(kind)}})

    async def _stream(self, request: Request, lines: Lines) -> Response:
        """Answer with lines; what fails before the first has a status of its own, as with Ollama."""
        first = await unless_hung_up(request, anext_of(lines))

        async def encoded() -> AsyncIterator[bytes]:
            async with aclosing(lines):
                yield orjson.dumps(first) + b"\n"
                try:
                    async for item in lines:
                        yield orjson.dumps(item) + b"\n"
                except Refused as error:
                    yield orjson.dumps({"error": error.words}) + b"\n"

        return StreamingResponse(encoded(), media_type="application/x-ndjson")

    async def _lines(self, kind: str, path: str, sent: Body) -> Lines:
        begun = perf_counter_ns()
        _, load = await self._llama.client()
        reason = "stop"
        timings: Body = {}
        try:
            async with aclosing(self._llama.pieces(path, sent)) as pieces:
                async for piece in pieces:
                    if words := translation.words_of(piece):
                        yield line(kind, words)
                    reason = translation.reason_of(piece) or reason
                    timings = piece.get("timings") or timings
        except LlamaRefused as error:
            raise Refused(str(error)) from error
        took = translation.durations(timings, load, perf_counter_ns() - begun)
        yield line(kind, "", done=True, done_reason=reason) | took

    async def embed(self, request: Request) -> Response:
        """`POST /api/embed`."""
        body = await asked(request)
        begun = perf_counter_ns()
        texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
        _, load = await self._llama.client(embeds=True)
        try:
            tokens = [await self._tokens(text, truncate=body.get("truncate", True)) for text in texts]
            found = await unless_hung_up(request, self._llama.ask("/v1/embeddings", {"input": tokens}, embeds=True))
        except LlamaRefused as error:
            raise Refused(str(error)) from error
        vectors = [item["embedding"] for item in sorted(found["data"], key=lambda item: item["index"])]
        took = {"total_duration": perf_counter_ns() - begun, "load_duration": load}
        return JSONResponse({"model": NAME, "embeddings": vectors, **took, "prompt_eval_count": sum(map(len, tokens))})

    async def _tokens(self, text: str, *, truncate: bool) -> list[int]:
        found = await self._llama.ask("/tokenize", {"content": text or " ", "add_special": True}, embeds=True)
        tokens: list[int] = found["tokens"]
        if len(tokens) > EMBEDS - 1 and not truncate:
            raise Refused("the input length exceeds the context length")
        return tokens[: EMBEDS - 1]

    async def pull(self, request: Request) -> Response:
        """`POST /api/pull`: the file is there already, and is read through as after a download."""
        body: Body = orjson.loads(await request.body())
        name = str(body.get("model") or body.get("name"))
        lines = self._pulled(name)
        if body.get("stream", True):
            return await self._stream(request, lines)
        async for item in lines:
            last = item
        return JSONResponse(last)

    async def _pulled(self, name: str) -> Lines:
        yield {"status": "pulling manifest"}
        if name != NAME:
            raise Refused("pull model manifest: file does not exist", 500)
        described_model = await asyncio.to_thread(described, self._file)
        digest, total = f"sha256:{described_model['digest']}", described_model["size"]
        reading = hashed(self._file)
        found: str | None = None
        while found is None:
            read, found = await asyncio.to_thread(some, reading)
            part = f"pulling {digest.removeprefix('sha256:')[:12]}"
            yield {"status": part, "digest": digest, "total": total, "completed": read}
        yield {"status": "verifying sha256 digest"}
        if f"sha256:{found}" != digest:
            raise Refused("digest mismatch, file must be downloaded again", 500)
        yield {"status": "writing manifest"}
        yield {"status": "success"}

    async def delete(self, request: Request) -> Response:
        """`DELETE /api/delete`: what is installed as a package stays."""
        await asked(request)
        raise Refused(f"{NAME} is part of the installation")


async def asked(request: Request) -> Body:
    """Return the body of a request for the model.

    Raises:
        Refused: It is for another.
    """
    body: Body = orjson.loads(await request.body())
    name = str(body.get("model") or body.get("name"))
    if name != NAME:
        raise Refused(f"model '{name}' not found", 404)
    return body


async def joined(lines: Lines, kind: str) -> tuple[str, Body]:
    """Return all words of an answer, and its last line."""
    words, last = [], {}
    async with aclosing(lines):
        async for last in lines:
            words.append(last["message"]["content"] if kind == "chat" else last["response"])
    return "".join(words), last


async def anext_of(lines: Lines) -> Body:
    """Return the next line, as a coroutine."""
    return await anext(lines)


def said(kind: str) -> tuple[str, ...]:
    """Return the fields of a line that hold words."""
    return ("message",) if kind == "chat" else ("response",)


def some(reading: Iterator[tuple[int, str | None]]) -> tuple[int, str | None]:
    """Read on, for some pieces or to the end."""
    read, found = next(reading)
    for _ in range(TOLD_EVERY - 1):
        if found is not None:
            break
        read, found = next(reading)
    return read, found
