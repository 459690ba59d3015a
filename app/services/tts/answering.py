"""Audio over HTTP: it ends when the caller hangs up, when the server stops, and is cut short when an engine fails."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import BinaryIO

import structlog
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from app.core.errors import ApiError
from app.core.lifespan import state_of
from app.services.tts.encoding import CODECS, Format
from app.services.tts.recording import CHUNK, Recording
from app.services.tts.store import Kept

log = structlog.get_logger(__name__)

HUNG_UP = 499
"""What nginx logs for a caller who did not wait; nobody reads it."""

UNBUFFERED = {"X-Accel-Buffering": "no"}


class Flow(StreamingResponse):
    """A body that is made while it is sent, and `leave` at its end, however it came.

    A failure in its middle closes the connection without the end of the body, which every client tells from a whole
    one: the status was sent long before.
    """

    def __init__(
        self,
        body: AsyncGenerator[bytes, None],
        leave: Callable[[], Awaitable[object]],
        media_type: str,
        headers: dict[str, str],
    ) -> None:
        super().__init__(body, media_type=media_type, headers=headers)
        self._body = body
        self._leave = leave

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the body."""
        sending = asyncio.ensure_future(super().__call__(scope, receive, send))
        closing = asyncio.ensure_future(scope["state"]["streams"].closing.wait())
        try:
            await asyncio.wait((sending, closing), return_when=asyncio.FIRST_COMPLETED)
            if sending.done():
                sending.result()
        except ApiError as error:
            log.warning("speech_cut_short", code=error.code, reason=error.detail)
        finally:
            for task in (sending, closing):
                task.cancel()
            await asyncio.gather(sending, closing, return_exceptions=True)
            await self._body.aclose()
            await self._leave()


async def spoken(request: Request, speech: Kept | Recording, form: Format) -> Response:
    """Answer with audio: whole if it is kept, else as it is made, from the first sentence on.

    Raises:
        ApiError: The first sentence failed.
    """
    media_type = CODECS[form].media_type
    if isinstance(speech, Kept):
        headers = {"Content-Length": str(speech.size), "ETag": speech.etag}

        async def close() -> None:
            speech.file.close()

        return Flow(chunks(speech.file), close, media_type, headers)
    try:
        if not await unless_gone(request, speech.begun()):
            await speech.leave()
            return Response(status_code=HUNG_UP)
    except BaseException:  # also when cancelled; it is passed on
        await speech.leave()
        raise
    return Flow(speech.read(), speech.leave, media_type, UNBUFFERED)


async def chunks(file: BinaryIO) -> AsyncGenerator[bytes, None]:
    """Yield what an open file holds."""
    while chunk := await asyncio.to_thread(file.read, CHUNK):
        yield chunk


async def unless_gone(request: Request, waiting: Awaitable[None]) -> bool:
    """Wait; return False at once when the caller hangs up or the server stops before.

    Raises:
        ApiError: What was waited for failed.
    """
    tasks = [
        asyncio.ensure_future(waiting),
        asyncio.ensure_future(hung_up(request)),
        asyncio.ensure_future(state_of(request)["streams"].closing.wait()),
    ]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        if not tasks[0].done():
            return False
        tasks[0].result()
        return True
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def hung_up(request: Request) -> None:
    """Wait until the caller does. The body was read before, so nothing else comes."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
