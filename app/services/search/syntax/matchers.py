"""The children that match patterns: as many as cores, started when they are needed, killed when they take too long."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson

from app.services.search.syntax.matching_process import LENGTH

MODULE = "app.services.search.syntax.matching_process"
ROOT = Path(__file__).resolve().parents[4]
MOST_CHILDREN = 4


class MatcherEndedError(Exception):
    """The child ended while it worked: the pattern or a text was too much for it."""


class Matchers:
    """Children that wait for work; one that is late or dead is replaced at the next need."""

    def __init__(self, count: int | None = None) -> None:
        self.count = count or max(1, min(MOST_CHILDREN, os.cpu_count() or 1))
        self._places = asyncio.Semaphore(self.count)
        self._idle: list[Process] = []

    async def ask(self, request: dict[str, Any], seconds: float) -> dict[str, Any]:
        """Return what a child answers.

        Raises:
            MatcherEndedError: It died of the request.
            TimeoutError: It did not answer in time.
        """
        async with asyncio.timeout(seconds), self._places:
            child = self._idle.pop() if self._idle else await start()
            good = False
            try:
                answer = await converse(child, orjson.dumps(request))
                good = True
            except (asyncio.IncompleteReadError, ConnectionError) as error:
                raise MatcherEndedError from error
            finally:
                if good:
                    self._idle.append(child)
                else:
                    await asyncio.shield(end(child))
            return answer

    async def close(self) -> None:
        """End the children."""
        while self._idle:
            await end(self._idle.pop())


async def start() -> Process:
    """Start a child; -P, as the indexed project may have an `app` of its own."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", MODULE), stdin=PIPE, stdout=PIPE, stderr=asyncio.subprocess.DEVNULL,
        env=environment,
    )  # fmt: skip


async def converse(child: Process, body: bytes) -> dict[str, Any]:
    """Send a request and return its answer."""
    assert child.stdin is not None  # noqa: S101 - asked for above
    assert child.stdout is not None  # noqa: S101 - same
    child.stdin.write(LENGTH.pack(len(body)) + body)
    await child.stdin.drain()
    (length,) = LENGTH.unpack(await child.stdout.readexactly(LENGTH.size))
    answer: dict[str, Any] = orjson.loads(await child.stdout.readexactly(length))
    return answer


async def end(child: Process) -> None:
    """Kill a child and wait for its end."""
    with suppress(ProcessLookupError):
        child.kill()
    if child.stdin is not None:
        child.stdin.close()
    await child.wait()
