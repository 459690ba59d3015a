"""Event streams: Server-Sent Events or NDJSON, kept awake, and told to end before the process does."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import StreamingResponse

from app.core.errors import ApiError

HEARTBEAT_SECONDS = 15.0
"""Below the 30 to 60 s after which common proxies drop a silent connection."""

Event = Mapping[str, Any]

ENDED: Event = {"type": "error", "code": "not_authenticated", "detail": "The session has ended: log in again."}
"""The last event for somebody who was logged out, or lost the right to listen, while the stream was open."""


class Streams:
    """Tells every open stream of the process when to end.

    uvicorn waits for open responses before it runs the lifespan's shutdown, so streams must hear of the
    shutdown first: `close` is called from the signal handler.
    """

    def __init__(self) -> None:
        self.closing = asyncio.Event()

    def close(self) -> None:
        """Ask every open stream to send its last event and end."""
        self.closing.set()


def wants_ndjson(request: Request) -> bool:
    """Whether the caller asked for NDJSON; everybody else gets Server-Sent Events."""
    return "application/x-ndjson" in request.headers.get("accept", "")


def wants_stream(request: Request) -> bool:
    """Whether the caller asked for a stream, of either form, by Accept."""
    accept = request.headers.get("accept", "")
    return "text/event-stream" in accept or "application/x-ndjson" in accept


def encode(event: Event, *, ndjson: bool) -> bytes:
    """Return one event on the wire; its `id`, if it has one, is the SSE event id for Last-Event-ID."""
    body = orjson.dumps(event)
    if ndjson:
        return body + b"\n"
    head = f"id: {event['id']}\n".encode() if "id" in event else b""
    return head + b"event: " + str(event["type"]).encode() + b"\ndata: " + body + b"\n\n"


def stream(request: Request, events: AsyncIterator[Event]) -> StreamingResponse:
    """Answer with `events`, one JSON object each with a `type`.

    The stream ends with the iterator's last event (`done` or `error`), with an `error` that names what the
    iterator raised for the caller, or with `{"type": "done", "reason": "shutdown"}` when the server stops. The
    iterator is closed when the client hangs up. Before each event it is asked whether the caller may still have it, so
    that a logout holds for open streams too.
    """
    ndjson = wants_ndjson(request)
    streams: Streams = request.state.streams
    still_allowed = getattr(request.state, "still_allowed", anybody)
    return StreamingResponse(
        _body(events, streams.closing, still_allowed, ndjson=ndjson),
        media_type="application/x-ndjson" if ndjson else "text/event-stream",
        headers={"Cache-Control": "no-cache", "X-Accel-Buffering": "no"},
    )


async def anybody() -> bool:
    """Allow everything: a stream that was opened without a token has no session that could end."""
    return True


async def _body(
    events: AsyncIterator[Event], closing: asyncio.Event, still_allowed: Callable[[], Awaitable[bool]], *, ndjson: bool
) -> AsyncIterator[bytes]:
    heartbeat = b"\n" if ndjson else b": keep-alive\n\n"
    ending = asyncio.ensure_future(closing.wait())
    following: asyncio.Future[Event] = asyncio.ensure_future(_next(events))
    try:
        while True:
            await asyncio.wait((ending, following), timeout=HEARTBEAT_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if ending.done():
                yield encode({"type": "done", "reason": "shutdown"}, ndjson=ndjson)
                return
            if not await still_allowed():
                yield encode(ENDED, ndjson=ndjson)
                return
            if not following.done():
                yield heartbeat
                continue
            try:
                event = following.result()
            except StopAsyncIteration:
                return
            except ApiError as error:
                yield encode({"type": "error", "code": error.code, "detail": error.detail}, ndjson=ndjson)
                return
            yield encode(event, ndjson=ndjson)
            following = asyncio.ensure_future(_next(events))
    finally:
        ending.cancel()
        following.cancel()
        await asyncio.gather(ending, following, return_exceptions=True)
        if (close := getattr(events, "aclose", None)) is not None:
            await close()


async def _next(events: AsyncIterator[Event]) -> Event:
    return await anext(events)
