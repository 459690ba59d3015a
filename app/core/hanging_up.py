"""Work for a caller who may hang up, or whom the server may have to leave, before it is done."""

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import StreamingResponse

from app.core.errors import ApiError
from app.core.streaming import HEARTBEAT_SECONDS, Event, Streams, stream

T = TypeVar("T")


class HungUp(ApiError):
    """The caller left before the answer was there; nobody reads this but the log."""

    status = 499
    code = "hung_up"
    title = "Client closed request"


class Ending(ApiError):
    """The server stops and cannot wait for this answer; try again in a moment."""

    status = 503
    code = "ending"
    title = "Server is ending"


async def unless_hung_up(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """Return what `work` gives; it is cancelled as soon as the caller hangs up, or the server ends.

    The body of the request must have been read.

    Raises:
        HungUp: The caller left.
        Ending: The server stops.
    """
    streams: Streams = request.state.streams
    working, leaving, _ending = tasks = (
        asyncio.ensure_future(work),
        asyncio.ensure_future(hung_up(request)),
        asyncio.ensure_future(streams.closing.wait()),
    )
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        if leaving.done():
            raise HungUp("The caller left.")
        raise Ending("The server stops: ask again in a moment.", headers={"Retry-After": "2"})
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def hung_up(request: Request) -> None:
    """Wait until the caller leaves."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def stream_begun(
    request: Request, events: AsyncGenerator[Event, None], seconds: float = HEARTBEAT_SECONDS
) -> StreamingResponse:
    """Answer with `events` like `stream`, but what fails before the first of them has a status of its own.

    Args:
        request: Whose answer this is; its body must have been read.
        events: See `stream`.
        seconds: How long the first event is waited for; then the answer begins, and errors become events.

    Raises:
        HungUp: The caller left before the answer began.
        ApiError: As the iterator raised it before its first event.
    """
    first = asyncio.ensure_future(following(events))
    try:
        await unless_hung_up(request, settled(first, seconds))
        if first.done():
            first.result()
    except StopAsyncIteration:
        pass
    except BaseException:  # also when cancelled; it is passed on
        await ended(first, events)
        raise
    return stream(request, after(first, events))


async def following(events: AsyncGenerator[Event, None]) -> Event:
    """Return the next event, as a coroutine, which a task can be made of."""
    return await anext(events)


async def settled(task: asyncio.Future[Event], seconds: float) -> None:
    """Wait for a task, for a while, without ending it."""
    await asyncio.wait((task,), timeout=seconds)


async def after(first: asyncio.Future[Event], events: AsyncGenerator[Event, None]) -> AsyncGenerator[Event, None]:
    """Yield the event that is on its way, and then the others."""
    try:
        try:
            yield await first
        except StopAsyncIteration:
            return
        async for event in events:
            yield event
    finally:
        await ended(first, events)


async def ended(first: asyncio.Future[Event], events: AsyncGenerator[Event, None]) -> None:
    """End what is on its way, and close the iterator."""
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    await events.aclose()
