"""The child that holds the built-in model: started when it is first needed, ended when it is not any more."""

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass

import orjson
import structlog

from app.core.adapter import NeighbourAway

log = structlog.get_logger(__name__)

MODULE = "app.services.ollama.builtin"
START_SECONDS = 30.0
"""Until the child listens: 0.5 s on a quiet machine."""


@dataclass(frozen=True, slots=True)
class Orders:
    """What the child is told.

    Attributes:
        file: Of the model.
        threads: That llama.cpp computes with.
        version: What it says it is.
        key: What a caller has to show: every account of this machine reaches its port.
    """

    file: str
    threads: int
    version: str
    key: str


class ModelProcess:
    """Keeps the child; `idle` is how many seconds it stays without a call."""

    def __init__(self, orders: Orders, idle: float) -> None:
        self._orders, self._idle = orders, idle
        self._child: Process | None = None
        self._port = 0
        self._calls = 0
        self._starting = asyncio.Lock()
        self._ending: asyncio.TimerHandle | None = None
        self._ends: set[asyncio.Task[None]] = set()

    @property
    def alive(self) -> bool:
        """Whether the child runs."""
        return self._child is not None and self._child.returncode is None

    @asynccontextmanager
    async def used(self) -> AsyncIterator[int]:
        """Keep the child until the end of the block, and give the port it listens on.

        Raises:
            NeighbourAway: It does not start.
        """
        self._calls += 1
        try:
            async with self._starting:
                if not self.alive:
                    await self._start()
            yield self._port
        finally:
            self._calls -= 1
            if self._calls == 0:
                self._end_later()

    async def aclose(self) -> None:
        """End the child."""
        if self._ending is not None:
            self._ending.cancel()
        await self._end()
        await asyncio.gather(*self._ends, return_exceptions=True)

    async def _start(self) -> None:
        command = (sys.executable, "-P", "-m", MODULE)  # -P: the working directory may have an `app` of its own
        child = await asyncio.create_subprocess_exec(
            *command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env=os.environ | {"PYTHONPATH": PATH}
        )
        assert child.stdin is not None  # noqa: S101 - asked for above
        assert child.stdout is not None  # noqa: S101 - same
        self._child = child
        try:
            child.stdin.write(orjson.dumps(asdict(self._orders)) + b"\n")
            async with asyncio.timeout(START_SECONDS):
                await child.stdin.drain()
                self._port = int(await child.stdout.readline())
        except (TimeoutError, ValueError, OSError) as error:
            await self._end()
            raise NeighbourAway("the process of the built-in model does not start") from error
        except asyncio.CancelledError:
            await asyncio.shield(self._end())
            raise
        log.info("built_in_model_started", pid=child.pid, threads=self._orders.threads)

    def _end_later(self) -> None:
        if self._ending is not None:
            self._ending.cancel()
        self._ending = asyncio.get_running_loop().call_later(self._idle, self._end_if_idle)

    def _end_if_idle(self) -> None:
        if self._calls == 0:
            task = asyncio.ensure_future(self._end())
            self._ends.add(task)
            task.add_done_callback(self._ends.discard)

    async def _end(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        if child.returncode is None:
            with suppress(ProcessLookupError):
                child.kill()
        await child.wait()
        log.info("built_in_model_ended", pid=child.pid)


PATH = os.pathsep.join(filter(None, sys.path))
"""Where this process finds its modules, so that the child finds the same."""
