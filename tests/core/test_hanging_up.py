"""Work for callers who hang up and servers that end, over real HTTP."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request, Response

from app.core.errors import ApiError
from app.core.hanging_up import stream_begun, unless_hung_up
from app.core.problems import install
from app.core.streaming import Streams
from app.middleware.request_id import RequestId
from tests.conftest import Serve

pytestmark = pytest.mark.anyio


class Refused(ApiError):
    """Said no."""

    status = 418


@dataclass
class Work:
    """Work that can be watched."""

    streams: Streams = field(default_factory=Streams)
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    async def long(self) -> str:
        self.begun.set()
        try:
            await asyncio.sleep(60)
        finally:
            self.ended.set()
        return "done"

    async def events(self, kind: str) -> AsyncGenerator[Mapping[str, Any], None]:
        try:
            if kind == "refused":
                raise Refused("No.")
            if kind == "late":
                await asyncio.sleep(0.2)
            if kind == "nothing":
                return
            yield {"type": "token", "text": "one"}
            if kind == "breaks":
                raise Refused("No more.")
            self.begun.set()
            if kind == "endless":
                await asyncio.sleep(60)
            yield {"type": "done"}
        finally:
            self.ended.set()

    def app(self) -> FastAPI:
        @asynccontextmanager
        async def lifespan(_: FastAPI) -> AsyncIterator[dict[str, Any]]:
            yield {"streams": self.streams}

        app = FastAPI(lifespan=lifespan)
        app.add_middleware(RequestId)
        install(app)

        @app.post("/long")
        async def long(request: Request, body: dict[str, Any]) -> str:
            return await unless_hung_up(request, self.long())

        @app.post("/quick")
        async def quick(request: Request, body: dict[str, Any]) -> int:
            return await unless_hung_up(request, asyncio.sleep(0, 7))

        @app.post("/events/{kind}")
        async def events(request: Request, kind: str, body: dict[str, Any]) -> Response:
            return await stream_begun(request, self.events(kind), seconds=0.1)

        return app


@pytest.fixture
async def work() -> Work:
    return Work()


@pytest.fixture
async def client(work: Work, serve: Serve) -> AsyncIterator[httpx.AsyncClient]:
    async with serve(work.app()) as client:
        yield client


async def test_whoever_stays_gets_the_answer(client: httpx.AsyncClient) -> None:
    assert (await client.post("/quick", json={})).json() == 7


async def test_whoever_leaves_ends_the_work(client: httpx.AsyncClient, work: Work) -> None:
    asking = asyncio.ensure_future(client.post("/long", json={}))
    await work.begun.wait()
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    async with asyncio.timeout(1):
        await work.ended.wait()


async def test_a_server_that_ends_does_not_wait(client: httpx.AsyncClient, work: Work) -> None:
    asking = asyncio.ensure_future(client.post("/long", json={}))
    await work.begun.wait()
    work.streams.close()
    answer = await asking
    assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (503, "ending", "2")
    assert work.ended.is_set()


async def test_what_fails_at_once_has_its_status_and_later_it_is_an_event(client: httpx.AsyncClient) -> None:
    assert (await client.post("/events/refused", json={})).status_code == 418
    broken = await client.post("/events/breaks", json={})
    assert broken.status_code == 200
    assert '"detail":"No more."' in broken.text


@pytest.mark.parametrize("kind", ["soon", "late"])
async def test_a_stream_is_whole_also_when_it_begins_late(client: httpx.AsyncClient, kind: str) -> None:
    answer = await client.post(f"/events/{kind}", json={}, headers={"Accept": "application/x-ndjson"})
    lines = [line for line in answer.text.splitlines() if line]
    assert lines == ['{"type":"token","text":"one"}', '{"type":"done"}']


async def test_a_stream_may_be_empty(client: httpx.AsyncClient) -> None:
    answer = await client.post("/events/nothing", json={})
    assert (answer.status_code, answer.text) == (200, "")


async def test_whoever_leaves_a_stream_ends_it(client: httpx.AsyncClient, work: Work) -> None:
    async with client.stream("POST", "/events/endless", json={}):
        await work.begun.wait()
    async with asyncio.timeout(1):
        await work.ended.wait()
