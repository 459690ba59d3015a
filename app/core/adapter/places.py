"""How much of a neighbour one process uses at once: a bounded number of calls, and a bounded queue before them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.core.errors import ApiError

RETRY_SECONDS = 5
"""After which a caller who was turned away may try again: about what a short answer of a small model takes."""

WAIT_SECONDS = 60.0
"""Longest wait in the queue; proxies give up on a silent request about then."""


class Busy(ApiError):
    """Too many calls to this neighbour run or wait already; `Retry-After` says when to come back."""

    status = 503
    code = "busy"
    title = "Busy"


class Places:
    """Places at a neighbour. Who takes one waits in a queue until one is free."""

    def __init__(self, name: str, at_once: int, waiting: int, seconds: float = WAIT_SECONDS) -> None:
        """Take the limits.

        Args:
            name: Of the neighbour, for people.
            at_once: How many calls run.
            waiting: How many more wait; the next is turned away.
            seconds: How long one waits at most.
        """
        self._name, self._most_waiting, self._seconds = name, waiting, seconds
        self._places = asyncio.Semaphore(at_once)
        self._waiting = 0

    @asynccontextmanager
    async def take(self) -> AsyncIterator[None]:
        """Hold a place until the end of the block, which another task may reach.

        Raises:
            Busy: The queue is full, or no place became free in time.
        """
        await self._wait()
        try:
            yield
        finally:
            self._places.release()

    async def _wait(self) -> None:
        if self._places.locked() and self._waiting >= self._most_waiting:
            raise self._busy()
        self._waiting += 1
        try:
            async with asyncio.timeout(self._seconds):
                await self._places.acquire()
        except TimeoutError:
            raise self._busy() from None
        finally:
            self._waiting -= 1

    def _busy(self) -> Busy:
        sentence = f"{self._name} has as many calls as are allowed: try again in {RETRY_SECONDS} s."
        return Busy(sentence, headers={"Retry-After": str(RETRY_SECONDS)})
