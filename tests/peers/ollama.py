"""A server faithful to Ollama's protocol that says what it is told to.

Source: Ollama's docs/api.md: `GET /api/version`, `GET /api/tags`, `POST /api/chat` as NDJSON; a model that is not there
is a 404 with `error`, and an error while it talks is a line with `error` under a status that was 200.
"""

import asyncio
from collections.abc import AsyncIterator
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
        asked: The bodies of `/api/chat`.
        hung_up: Set when a caller left before the end.
    """

    words: list[str] = field(default_factory=lambda: ["It puts ", "nginx in front ", "[1]."])
    ending: Literal["done", "error", "cut", "endless"] = "done"
    load_seconds: float = 0.0
    models: list[str] = field(default_factory=lambda: [EMBEDS, MODEL])
    asked: list[dict[str, Any]] = field(default_factory=list)
    hung_up: asyncio.Event = field(default_factory=asyncio.Event)

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/api/version", self.version),
                Route("/api/tags", self.tags),
                Route("/api/chat", self.chat, methods=["POST"]),
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
        return StreamingResponse(self.lines(name), media_type="application/x-ndjson")

    async def lines(self, model: str) -> AsyncIterator[bytes]:
        try:
            await asyncio.sleep(self.load_seconds)
            for word in self.words:
                yield line(model, word, done=False)
            while self.ending == "endless":
                yield line(model, "and so on ", done=False)
                await asyncio.sleep(0.01)
        except (asyncio.CancelledError, GeneratorExit):
            self.hung_up.set()
            raise
        if self.ending == "error":
            yield b'{"error":"llama runner process has terminated: signal: killed"}\n'
        elif self.ending == "done":
            yield line(model, "", done=True, done_reason="stop", eval_count=3, total_duration=1, load_duration=1)


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


def line(model: str, content: str, **more: Any) -> bytes:
    message = {"role": "assistant", "content": content}
    return orjson.dumps({"model": model, "created_at": "2026-01-01T00:00:00Z", "message": message, **more}) + b"\n"
