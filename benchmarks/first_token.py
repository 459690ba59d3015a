"""The first token of a chat: through us, relative to the peer's own.

The peer is the built-in model (SmolLM2 on llama.cpp, one thread) behind Ollama's protocol, or the scripted peer where
the extra is not installed, whose first token costs nothing: what is left is ours. All are asked in turns, after one
call that warms up.

Usage: python -m benchmarks.first_token [--times 30] [--scripted]
"""

import argparse
import asyncio
import statistics
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.table import Table
from starlette.types import ASGIApp, Receive, Scope, Send

from app.services.ollama.builtin.llama import Llama
from app.services.ollama.builtin.model import NAME, model_file
from app.services.ollama.builtin.server import BuiltInServer
from benchmarks.adapter_faults import reynard, served
from tests.peers.ollama import MODEL, OllamaPeer

KEY = "key"
MESSAGES = [{"role": "user", "content": "Say hello."}]
OPTIONS = {"num_predict": 8, "temperature": 0, "seed": 1}


def with_key(app: ASGIApp) -> ASGIApp:
    """Show the built-in model its key with every request: Ollama has none."""

    async def shown(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope = {**scope, "headers": [*scope["headers"], (b"authorization", f"Bearer {KEY}".encode())]}
        await app(scope, receive, send)

    return shown


def built_in(file: Path) -> ASGIApp:
    """Return the built-in model, with one thread."""
    return BuiltInServer(Llama(file, 1), file, "1.0", KEY).app()


async def first(client: httpx.AsyncClient, path: str, body: Mapping[str, Any]) -> float:
    """Return the milliseconds until the first line of an answer; the rest is read."""
    begun, found = time.perf_counter(), None
    async with client.stream("POST", path, json=body, headers={"Accept": "application/x-ndjson"}) as answer:
        answer.raise_for_status()
        async for line in answer.aiter_lines():
            if line and found is None:
                found = (time.perf_counter() - begun) * 1000
    assert found is not None  # noqa: S101 - an answer has a line
    return found


async def main(times: int, *, scripted: bool) -> None:
    """Measure and print."""
    file = None if scripted else model_file()
    app: ASGIApp = OllamaPeer().app() if file is None else with_key(built_in(file))
    model = MODEL if file is None else NAME
    own: list[float] = []
    ours: list[float] = []
    walls: list[float] = []
    body = {"model": model, "messages": MESSAGES, "options": OPTIONS, "stream": True}
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(served(app))
        there = await stack.enter_async_context(httpx.AsyncClient(base_url=url, timeout=60))
        settings = {"OLLAMA_BASE_URL": url, "RAG_CONTINUOUS_INDEXING_ENABLED": "false", "LOG_LEVEL": "ERROR"}
        us = await stack.enter_async_context(reynard(settings))
        for _ in range(times + 1):
            own.append(await first(there, "/api/chat", body))
            ours.append(await first(us, "/api/ollama/chat", body))
            begun = time.perf_counter()
            (await us.get("/api/protected")).raise_for_status()
            walls.append((time.perf_counter() - begun) * 1000)
    table = Table("first token", "p50 ms", "p95 ms")
    for name, found in ((f"of the peer ({model})", own), ("through us", ours), ("a route that asks nobody", walls)):
        warm = found[1:]
        table.add_row(name, f"{statistics.median(warm):.1f}", f"{statistics.quantiles(warm, n=20)[-1]:.1f}")
    added = [through - alone for through, alone in zip(ours[1:], own[1:], strict=True)]
    table.add_row("added by us", f"{statistics.median(added):.1f}", f"{statistics.quantiles(added, n=20)[-1]:.1f}")
    Console().print(table)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=30)
    parser.add_argument("--scripted", action="store_true", help="the scripted peer, also where the extra is there")
    given = parser.parse_args()
    asyncio.run(main(given.times, scripted=given.scripted))
