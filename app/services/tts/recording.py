"""Speech that is being made: a file that grows, which any number of listeners read, each at their own pace.

So whoever reads slowly holds up nobody, and equal texts that are asked for at once are spoken once. The work ends when
the last listener leaves.
"""

import asyncio
import os
from collections.abc import AsyncGenerator, Callable, Coroutine
from pathlib import Path
from typing import Any

import structlog

from app.core.errors import ApiError
from app.services.tts.encoding import WAV_HEADER_BYTES, Format, without_length
from app.services.tts.errors import SpeechFailed

CHUNK = 64 * 1024

log = structlog.get_logger(__name__)

Make = Callable[["Recording"], Coroutine[Any, Any, None]]


class Recording:
    """One file in the making.

    Attributes:
        path: Where it grows.
        form: Its format.
    """

    def __init__(self, path: Path, form: Format, make: Make, ended: Callable[[], None]) -> None:
        """Begin, with one listener.

        Args:
            path: An empty file.
            form: Its format.
            make: Writes the file, calling `grown` after each sentence and at the end.
            ended: Called when that came to its end, or never began as the last listener left before.
        """
        self.path = path
        self.form = form
        self._file = os.open(path, os.O_RDONLY)
        self._size = 0
        self._done = False
        self._fault: ApiError | None = None
        self._news = asyncio.Event()
        self._listeners = 1
        self._ended = ended
        self._task = asyncio.create_task(make(self))
        self._task.add_done_callback(self._end)

    def _end(self, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        self._done = error is None and not task.cancelled()
        if not self._done:
            unforeseen = SpeechFailed("The speech was ended before its end: ask again.")
            self._fault = error if isinstance(error, ApiError) else unforeseen
        if error is not None and error is not self._fault:
            log.error("speech_failed", exc_info=error)
        self._tell()
        self._let_go()
        self._ended()

    def grown(self) -> None:
        """Note that a sentence was written."""
        self._size = os.fstat(self._file).st_size
        self._tell()

    @property
    def open(self) -> bool:
        """Whether one may still join."""
        return self._listeners > 0 and not self._task.done()

    def join(self) -> "Recording":
        """Add a listener, who must `leave`."""
        self._listeners += 1
        return self

    async def leave(self) -> None:
        """Take a listener away; without any the work ends, before this returns."""
        self._listeners -= 1
        if self._listeners == 0:
            await self.cancel()
        self._let_go()

    async def cancel(self) -> None:
        """End the work, whoever listens."""
        self._task.cancel()
        await asyncio.shield(asyncio.gather(self._task, return_exceptions=True))

    async def begun(self) -> None:
        """Wait for the first sentence.

        Raises:
            ApiError: It failed.
        """
        await self._beyond(0)

    async def whole(self) -> int:
        """Wait for the end; return the size in bytes.

        Raises:
            ApiError: It failed.
        """
        while not self._done:
            await self._beyond(self._size)
        return self._size

    async def read(self) -> AsyncGenerator[bytes, None]:
        """Yield the file from its beginning, as it grows.

        Raises:
            ApiError: The speech failed in the middle.
        """
        offset, streamed = 0, not self._done
        while (size := await self._beyond(offset)) > offset:
            while offset < size:
                chunk = await asyncio.to_thread(os.pread, self._file, min(CHUNK, size - offset), offset)
                if offset == 0 and streamed and self.form is Format.wav:
                    chunk = without_length(chunk[:WAV_HEADER_BYTES]) + chunk[WAV_HEADER_BYTES:]
                offset += len(chunk)
                yield chunk

    async def _beyond(self, offset: int) -> int:
        """Wait for bytes beyond `offset`; return the size, which is `offset` at the end."""
        while self._size <= offset and not self._done:
            if self._fault is not None:
                raise self._fault
            await self._news.wait()
        return self._size

    def _tell(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    def _let_go(self) -> None:
        if self._listeners == 0 and self._file >= 0:
            os.close(self._file)
            self._file = -1
