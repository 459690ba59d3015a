"""The side of the server: a few children of one program, each with one request at a time."""

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from app.core.bounded.serving import HEAD

ROOT = Path(__file__).resolve().parents[3]
"""Where `app` is importable from."""

ENVIRONMENT = {"PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}

IDLE_SECONDS = 30.0
"""A child takes 0.2 s to start and 30 MB to keep."""

GRACE_SECONDS = 2.0
"""By so much longer than the child's own alarm an answer is waited for."""


class ChildFailed(Exception):
    """A child ended without an answer, or took too long: the request was more than it may cost."""


class Children:
    """Asks children that run `python -m module`, which calls `serve`.

    A child that fails is not used again. One that nobody needed for `IDLE_SECONDS` ends.
    """

    def __init__(self, module: str, *, size: int, seconds: float, most_bytes: int) -> None:
        """Start nothing yet.

        Args:
            module: The program.
            size: How many requests are worked on at once; more wait.
            seconds: For one request; the program's own alarm rings then.
            most_bytes: A longer answer is none.
        """
        self._module, self._seconds, self._most = module, seconds, most_bytes
        self._places = asyncio.Semaphore(size)
        self._idle: dict[Process, asyncio.TimerHandle] = {}

    async def ask(self, request: bytes) -> bytes:
        """Return the answer to a request.

        Raises:
            ChildFailed: There is none within the limits.
        """
        async with self._places, self._child() as child:
            assert child.stdin is not None  # noqa: S101 - asked for in `_start`
            assert child.stdout is not None  # noqa: S101 - same
            try:
                async with asyncio.timeout(self._seconds + GRACE_SECONDS):
                    child.stdin.write(len(request).to_bytes(HEAD) + request)
                    await child.stdin.drain()
                    size = int.from_bytes(await child.stdout.readexactly(HEAD))
                    if size > self._most:
                        raise ChildFailed("the answer is longer than it may be")
                    return await child.stdout.readexactly(size)
            except (TimeoutError, OSError, asyncio.IncompleteReadError) as error:
                raise ChildFailed("it takes more time or memory than it may") from error

    async def aclose(self) -> None:
        """End the children that nobody uses."""
        children = list(self._idle)
        for child in children:
            self._idle.pop(child).cancel()
        await asyncio.gather(*(end(child) for child in children))

    @asynccontextmanager
    async def _child(self) -> AsyncIterator[Process]:
        """Yield a child that is free; it is free again if the block ends well."""
        child = await self._take()
        try:
            yield child
        except BaseException:  # also when cancelled: a child in the middle of a request is no child to ask again
            await asyncio.shield(end(child))
            raise
        self._idle[child] = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._retire, child)

    async def _take(self) -> Process:
        while self._idle:
            child, timer = self._idle.popitem()
            timer.cancel()
            if child.returncode is None:
                return child
        command = (sys.executable, "-P", "-m", self._module)  # -P: an indexed project may have an `app` of its own
        return await asyncio.create_subprocess_exec(
            *command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env=os.environ | ENVIRONMENT
        )

    def _retire(self, child: Process) -> None:
        del self._idle[child]
        if child.stdin is not None:
            child.stdin.close()  # its end of input: it leaves by itself


async def end(child: Process) -> None:
    """Kill a child that still runs, and wait for its end."""
    if child.returncode is None:
        with suppress(ProcessLookupError):
            child.kill()
    await child.wait()
