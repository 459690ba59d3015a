"""A server faithful to Ollama's protocol that says what it is told to.

Source: Ollama's docs/api.md: chat, generate and pull as NDJSON; a model that is not there is a 404 with `error`, and an
error while it talks is a line with `error` under a status that was 200. `DELETE /api/delete` answers with nothing.
The real model behind the same protocol is `app.services.ollama.builtin`.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

MODEL = "llama3.2:latest"
EMBEDS = "nomic-embed-text:latest"


@dataclass
class OllamaPeer:
    """What it says, and what it was asked.

    Attributes:
        words: The pieces of its answer.
        ending: How the answer ends: `done` as it should, `error` as a line, `cut` without a last line, or `endless`.
        load_seconds: How long its model loads before the first word.
        models: Those it has, the one that was pulled last first.
        calls: The tools it wants called before it says a word.
        refuses: The words with which it refuses (400); None: it does not.
        asked: The bodies of `/api/chat` and `/api/generate`.
        talking: How many answers are on their way.
        hung_up: Set when a caller left before the end.
    """

    words: list[str] = field(default_factory=lambda: ["It puts ", "nginx in front ", "[1]."])
    ending: Literal["done", "error", "cut", "endless"] = "done"
    load_seconds: float = 0.0
    models: list[str] = field(default_factory=lambda: [EMBEDS, MODEL])
    calls: list[dict[str, Any]] = field(default_factory=list)
    refuses: str | None = None
    asked: list[dict[str, Any]] = field(default_factory=list)
    talking: int = 0
    hung_up: asyncio.Event = field(default_factory=asyncio.Event)

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/api/version", self.version),
                Route("/api/tags", self.tags),
                Route("/api/chat", self.chat, methods=["POST"]),
                Route("/api/generate", self.chat, methods=["POST"]),
                Route("/api/show", self.show, methods=["POST"]),
                Route("/api/embed", self.embed, methods=["POST"]),
                Route("/api/pull", self.pull, methods=["POST"]),
                Route("/api/delete", self.delete, methods=["DELETE"]),
            ]
        )

    async def version(self, _: Request) -> Response:
        return JSONResponse({"version": "0.12.3"})

    async def tags(self, _: Request) -> Response:
        return JSONResponse({"models": [described(name) for name in self.models]})

    async def chat(self, request: Request) -> Response:
        body: dict[str, Any] = await request.json()
        self.asked.append(body)
        name = body["model"] if ":" in body["model"] else f"{body['model']}:latest"
        if name not in self.models:
            return JSONResponse({"error": f"model '{body['model']}' not found"}, 404)
        if name == EMBEDS:
            return JSONResponse({"error": f'"{body["model"]}" does not support chat'}, 400)
        if self.refuses is not None:
            return JSONResponse({"error": self.refuses}, 400)
        say = line if "messages" in body else response
        return StreamingResponse(self.lines(name, say), media_type="application/x-ndjson")

    async def show(self, request: Request) -> Response:
        body: dict[str, Any] = await request.json()
        info = {"general.architecture": "llama", "llama.context_length": 131_072, "llama.embedding_length": 3072}
        told = {"details": described(body["model"])["details"], "model_info": info, "template": "{{ .Prompt }}"}
        return JSONResponse({**told, "capabilities": ["completion", "tools"], "license": "LLAMA 3.2"})

    async def embed(self, request: Request) -> Response:
        body: dict[str, Any] = await request.json()
        texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
        vectors = [[float(len(text)), 1.0] for text in texts]
        return JSONResponse({"model": body["model"], "embeddings": vectors, "prompt_eval_count": 7})

    async def pull(self, request: Request) -> Response:
        body: dict[str, Any] = await request.json()
        return StreamingResponse(self.downloaded(body["model"]), media_type="application/x-ndjson")

    async def downloaded(self, name: str) -> AsyncIterator[bytes]:
        yield b'{"status":"pulling manifest"}\n'
        if name == "nothing":
            yield b'{"error":"pull model manifest: file does not exist"}\n'
            return
        try:
            for done in range(0, 101, 25):
                part = {"status": "pulling dde5aa3fc5ff", "digest": "sha256:dde5aa3fc5ff", "total": 100}
                yield orjson.dumps({**part, "completed": done}) + b"\n"
            while self.ending == "endless":
                yield orjson.dumps({**part, "completed": 100}) + b"\n"
                await asyncio.sleep(0.01)
        except (asyncio.CancelledError, GeneratorExit):
            self.hung_up.set()
            raise
        for status in ("verifying sha256 digest", "writing manifest", "success"):
            yield orjson.dumps({"status": status}) + b"\n"
        self.models.insert(0, name if ":" in name else f"{name}:latest")

    async def delete(self, request: Request) -> Response:
        body: dict[str, Any] = await request.json()
        if body["model"] not in self.models:
            return JSONResponse({"error": f"model '{body['model']}' not found"}, 404)
        self.models.remove(body["model"])
        return Response()

    async def lines(self, model: str, say: Callable[..., bytes]) -> AsyncIterator[bytes]:
        self.talking += 1
        try:
            async for said in self.said(model, say):
                yield said
        finally:
            self.talking -= 1

    async def said(self, model: str, say: Callable[..., bytes]) -> AsyncIterator[bytes]:
        try:
            await asyncio.sleep(self.load_seconds)
            if self.calls:
                yield say(model, "", done=False, tool_calls=self.calls)
            for word in self.words:
                yield say(model, word, done=False)
            while self.ending == "endless":
                yield say(model, "and so on ", done=False)
                await asyncio.sleep(0.01)
        except (asyncio.CancelledError, GeneratorExit):
            self.hung_up.set()
            raise
        if self.ending == "error":
            yield b'{"error":"llama runner process has terminated: signal: killed"}\n'
        elif self.ending == "done":
            took = {"prompt_eval_count": 9, "eval_count": 3, "total_duration": 2_000_000, "load_duration": 1_000_000}
            yield say(model, "", done=True, done_reason="stop", **took)


def described(name: str) -> dict[str, Any]:
    family = "nomic-bert" if name == EMBEDS else "llama"
    details = {"format": "gguf", "family": family, "families": [family], "quantization_level": "Q4_K_M"}
    return {
        "name": name,
        "model": name,
        "modified_at": "2026-01-01T00:00:00Z",
        "size": 1,
        "digest": "0",
        "details": details,
    }


def response(model: str, content: str, **more: Any) -> bytes:
    more.pop("tool_calls", None)
    return orjson.dumps({"model": model, "created_at": "2026-01-01T00:00:00Z", "response": content, **more}) + b"\n"


def line(model: str, content: str, *, tool_calls: object = None, **more: Any) -> bytes:
    message: dict[str, Any] = {"role": "assistant", "content": content}
    if tool_calls:
        message["tool_calls"] = tool_calls
    return orjson.dumps({"model": model, "created_at": "2026-01-01T00:00:00Z", "message": message, **more}) + b"\n"
