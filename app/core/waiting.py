"""Work that ends with whoever waits for it: without a stream nobody notices by sending that the caller is gone."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from starlette.requests import Request

from app.core.errors import ApiError

T = TypeVar("T")


class CallerGone(ApiError):
    """The caller hung up before the answer was ready; only the log sees this, under nginx's number for it."""

    status = 499
    code = "caller_gone"
    title = "Caller gone"


async def while_waited_for(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """Return what `work` returns; cancel it when the caller hangs up. The body of the request has been read.

    Raises:
        CallerGone: Nobody waits any more.
    """
    working, leaving = asyncio.ensure_future(work), asyncio.ensure_future(hanging_up(request))
    try:
        await asyncio.wait((working, leaving), return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise CallerGone("The caller hung up.")
        return working.result()
    finally:
        working.cancel()
        leaving.cancel()
        await asyncio.gather(working, leaving, return_exceptions=True)


async def hanging_up(request: Request) -> None:
    """Return when the caller hangs up."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
