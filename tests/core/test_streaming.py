"""Streams over real HTTP: their form, their end at shutdown, and what happens when the client hangs up."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse

from app.core import streaming
from app.core.errors import ApiError
from app.core.streaming import Streams, stream
from tests.conftest import Serve

pytestmark = pytest.mark.anyio


class Source:
    """Events that count, and whether the iterator was closed."""

    def __init__(self, total: int | None) -> None:
        self.total = total
        self.closed = asyncio.Event()

    async def events(self) -> AsyncIterator[dict[str, Any]]:
        number = 0
        try:
            while self.total is None or number < self.total:
                yield {"type": "count", "id": number, "number": number}
                number += 1
            yield {"type": "done"}
        finally:
            self.closed.set()


def application(source: Source, streams: Streams) -> FastAPI:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[dict[str, Any]]:
        yield {"streams": streams}

    app = FastAPI(lifespan=lifespan)

    @app.get("/events")
    async def events(request: Request) -> StreamingResponse:
        return stream(request, source.events())

    return app


async def test_server_sent_events_carry_type_and_id(serve: Serve) -> None:
    async with serve(application(Source(2), Streams())) as client:
        answer = await client.get("/events", headers={"Accept": "text/event-stream"})
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.text.split("\n\n")[1] == 'id: 1\nevent: count\ndata: {"type":"count","id":1,"number":1}'
    assert answer.text.endswith('event: done\ndata: {"type":"done"}\n\n')


async def test_ndjson_is_one_object_a_line(serve: Serve) -> None:
    async with serve(application(Source(3), Streams())) as client:
        answer = await client.get("/events", headers={"Accept": "application/x-ndjson"})
    assert [json.loads(line)["type"] for line in answer.text.splitlines()] == ["count"] * 3 + ["done"]


async def test_closing_ends_every_open_stream_with_a_last_event(serve: Serve) -> None:
    streams = Streams()
    source = Source(None)
    headers = {"Accept": "application/x-ndjson"}
    async with (
        serve(application(source, streams)) as client,
        client.stream("GET", "/events", headers=headers) as answer,
    ):
        lines = answer.aiter_lines()
        await anext(lines)
        streams.close()
        rest = [line async for line in lines]
    assert json.loads(rest[-1]) == {"type": "done", "reason": "shutdown"}
    assert source.closed.is_set()


async def test_the_iterator_is_closed_when_the_client_hangs_up(serve: Serve) -> None:
    source = Source(None)
    async with serve(application(source, Streams())) as client:
        async with client.stream("GET", "/events") as answer:
            await anext(answer.aiter_bytes())
        async with asyncio.timeout(5):
            await source.closed.wait()


async def test_silence_is_filled_with_comments(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "HEARTBEAT_SECONDS", 0.02)

    class Silent(Source):
        async def events(self) -> AsyncIterator[dict[str, Any]]:
            await asyncio.sleep(0.2)
            yield {"type": "done"}

    async with serve(application(Silent(None), Streams())) as client:
        answer = await client.get("/events")
    assert answer.text.startswith(": keep-alive\n\n")
    assert answer.text.endswith('data: {"type":"done"}\n\n')


async def test_what_is_raised_for_the_caller_is_the_last_event(serve: Serve) -> None:
    class Refused(ApiError):
        code = "refused"

    class Failing(Source):
        async def events(self) -> AsyncIterator[dict[str, Any]]:
            yield {"type": "count", "number": 0}
            raise Refused("Not today.")

    async with serve(application(Failing(None), Streams())) as client:
        answer = await client.get("/events", headers={"Accept": "application/x-ndjson"})
    assert json.loads(answer.text.splitlines()[-1]) == {"type": "error", "code": "refused", "detail": "Not today."}


async def test_no_event_goes_to_whoever_may_not_have_it_any_more(serve: Serve) -> None:
    source, left = Source(None), 3

    async def still_allowed() -> bool:
        nonlocal left
        left -= 1
        return left >= 0

    app = application(source, Streams())

    @app.get("/mine")
    async def mine(request: Request) -> StreamingResponse:
        request.state.still_allowed = still_allowed
        return stream(request, source.events())

    async with serve(app) as client:
        answer = await client.get("/mine", headers={"Accept": "application/x-ndjson"})
    *events, last = [json.loads(line) for line in answer.text.splitlines()]
    assert [event["number"] for event in events] == [0, 1, 2]
    assert (last["type"], last["code"]) == ("error", "not_authenticated")
    assert source.closed.is_set()


async def test_a_silent_stream_ends_with_its_session_too(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "HEARTBEAT_SECONDS", 0.01)

    async def silence() -> AsyncIterator[dict[str, Any]]:
        await asyncio.Event().wait()
        yield {}

    async def ended() -> bool:
        return False

    app = application(Source(0), Streams())

    @app.get("/mine")
    async def mine(request: Request) -> StreamingResponse:
        request.state.still_allowed = ended
        return stream(request, silence())

    async with serve(app) as client:
        answer = await client.get("/mine", headers={"Accept": "application/x-ndjson"})
    assert json.loads(answer.text.splitlines()[-1])["code"] == "not_authenticated"
