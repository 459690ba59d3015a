"""What each adapter answers to each fault of its neighbour, how long that takes, and how soon it works again.

A proxy in front of a peer brings the fault about; nothing of ours is restarted. Another adapter joins the table with
one line of SUBJECTS and a peer to stand in front of. Slow means 30 s until the first byte.

Usage: python -m benchmarks.adapter_faults
"""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from rich.console import Console
from rich.table import Table
from starlette.types import ASGIApp

from benchmarks.serving import place, seconds_until, start_workers, stop
from tests.peers.comfy import ComfyPeer
from tests.peers.faults import Fault, FaultProxy, faulty
from tests.peers.ollama import OllamaPeer

RECOVERY_SECONDS = 10.0
"""Within which an adapter has to work again once the fault is over."""

POLL_SECONDS = 0.05
LONGEST_SECONDS = 90.0

SETTINGS = {"OLLAMA_TIMEOUT": "40", "RAG_CONTINUOUS_INDEXING_ENABLED": "false", "RATE_LIMIT_ENABLED": "false"}
"""A model that says nothing for 40 s is given up here; the default waits 300 s, as large ones load for minutes."""


@dataclass(frozen=True)
class Subject:
    """One adapter, and a request that needs its neighbour.

    Attributes:
        name: Of the room and its service.
        path: What is posted to.
        body: What is posted.
        good: The status of success.
        variable: The setting of its address.
    """

    name: str
    path: str
    body: Mapping[str, Any] = field(hash=False)
    good: int
    variable: str


SUBJECTS = (
    Subject("ollama", "/api/ollama/chat", {"message": "Hello?", "stream": False}, 200, "OLLAMA_BASE_URL"),
    Subject("comfy", "/api/comfy/generate", {"prompt": "a red fox", "steps": 2}, 202, "COMFY_BASE_URL"),
)


@dataclass(frozen=True)
class Cell:
    """What became of one request under a fault; seconds.

    Attributes:
        answer: Status and code.
        took: Until it was there.
        back: From the end of the fault until a request succeeded.
    """

    answer: str
    took: float
    back: float


async def cell(client: httpx.AsyncClient, subject: Subject, proxy: FaultProxy, fault: Fault) -> Cell:
    """Bring a fault about, ask, end it, and ask until it works again.

    Raises:
        TimeoutError: It does not within RECOVERY_SECONDS.
    """
    await proxy.become(fault)
    begun = time.perf_counter()
    answer = await client.post(subject.path, json=dict(subject.body))
    took = time.perf_counter() - begun
    await proxy.become(Fault.none)
    begun = time.perf_counter()
    async with asyncio.timeout(RECOVERY_SECONDS):
        while (await client.post(subject.path, json=dict(subject.body))).status_code != subject.good:  # noqa: ASYNC110 - over HTTP nobody tells
            await asyncio.sleep(POLL_SECONDS)
    told = answer.json().get("code", "") if answer.status_code >= httpx.codes.BAD_REQUEST else ""
    return Cell(f"{answer.status_code} {told}".strip(), took, time.perf_counter() - begun)


@asynccontextmanager
async def served(app: ASGIApp) -> AsyncIterator[str]:
    """Serve a peer over HTTP; yield its URL."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, lifespan="on"))
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(POLL_SECONDS)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await task


@asynccontextmanager
async def reynard(environment: Mapping[str, str]) -> AsyncIterator[httpx.AsyncClient]:
    """Run a server of our own with these settings; yield a client that is logged in as its administrator."""
    with place(Path(__file__).parent) as (url, own):
        server = start_workers({**os.environ, **own, **environment}, 1)
        try:
            await asyncio.to_thread(seconds_until, f"{url}/api/health/ready", lambda _: True)
            async with httpx.AsyncClient(base_url=url, timeout=LONGEST_SECONDS) as client:
                account = {"username": "ann", "password": "testpassword123"}
                (await client.post("/api/auth/register", json=account)).raise_for_status()
                token = (await client.post("/api/auth/login", json=account)).json()["access_token"]
                client.headers["Authorization"] = f"Bearer {token}"
                yield client
        finally:
            await asyncio.to_thread(stop, server)


async def main() -> None:
    """Print the table."""
    peers: dict[str, ASGIApp] = {"ollama": OllamaPeer().app(), "comfy": ComfyPeer().app()}
    table = Table("adapter", "fault", "answer", "after", "works again after")
    async with AsyncExitStack() as stack:
        proxies = {
            name: await stack.enter_async_context(faulty(await stack.enter_async_context(served(app))))
            for name, app in peers.items()
        }
        settings = SETTINGS | {subject.variable: proxies[subject.name].url for subject in SUBJECTS}
        client = await stack.enter_async_context(reynard(settings | {"COMFY_MAX_JOBS": "1000"}))
        for subject in SUBJECTS:
            for fault in Fault:
                found = await cell(client, subject, proxies[subject.name], fault)
                table.add_row(subject.name, fault, found.answer, f"{found.took:.2f} s", f"{found.back:.2f} s")
    Console().print(table)


if __name__ == "__main__":
    asyncio.run(main())
