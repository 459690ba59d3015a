"""Child processes of the server: told what they need on standard input, and ended by its end."""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson
import structlog

from app.core.registry.backoff import delay

log = structlog.get_logger(__name__)

ROOT = Path(__file__).resolve().parents[2]
"""Where `app` is importable from; the working directory stays the parent's, as its `.env` is read there."""

NICENESS = 10
"""Indexing gives way to answering: with 10, the API keeps about nine tenths of a contested core."""

ENVIRONMENT = {"PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
"""Several processes share the cores already: with threads of its own, numpy doubled the CPU time of embedding."""

GRACE_SECONDS = 2.0
STEADY_SECONDS = 60.0
"""A child that lived so long starts with the shortest pause again."""


@dataclass(frozen=True, slots=True)
class Orders:
    """What a child is told: where its database is, and under which name it takes work."""

    database_url: str
    name: str


async def keep_child(module: str, orders: Orders, on_end: Callable[[], Awaitable[None]] | None = None) -> None:
    """Run `python -m module` for ever; start it again, after a growing pause, whenever it ends.

    Args:
        module: The program.
        orders: What it is told.
        on_end: Called when it ended by itself, before the pause.
    """
    failures = 0
    while True:
        begun = asyncio.get_running_loop().time()
        code = await run_child(module, orders)
        lived = asyncio.get_running_loop().time() - begun
        if on_end is not None:
            await on_end()
        failures = 1 if lived > STEADY_SECONDS else failures + 1
        pause = delay(failures)
        log.warning("child_ended", module=module, name=orders.name, code=code, again_in_s=round(pause, 1))
        await asyncio.sleep(pause)


async def run_child(module: str, orders: Orders) -> int:
    """Run the child until it ends; end it when this is cancelled."""
    command = (sys.executable, "-P", "-m", module, "--child")  # -P: the indexed project may have an `app` of its own
    child = await asyncio.create_subprocess_exec(*command, stdin=asyncio.subprocess.PIPE, env=os.environ | ENVIRONMENT)
    assert child.stdin is not None  # noqa: S101 - asked for above
    try:
        with suppress(ConnectionError):
            child.stdin.write(orjson.dumps(asdict(orders)) + b"\n")
            await child.stdin.drain()
        return await child.wait()
    finally:
        child.stdin.close()
        if child.returncode is None:
            try:
                await asyncio.shield(asyncio.wait_for(child.wait(), GRACE_SECONDS))
            except TimeoutError:
                child.kill()
                await child.wait()


async def as_child(serve: Callable[[Orders], Awaitable[None]], niceness: int = NICENESS) -> None:
    """Read the orders, then serve until standard input ends: the parent closed it, or is gone.

    Signals to the whole process group (Ctrl-C, a service manager's SIGTERM) are the parent's to act on.

    Args:
        serve: What the child does.
        niceness: How far it gives way.
    """
    os.nice(niceness)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    loop = asyncio.get_running_loop()
    stdin = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(stdin), sys.stdin)
    orders = Orders(**orjson.loads(await stdin.readline()))
    serving = asyncio.ensure_future(serve(orders))
    orphaned = asyncio.ensure_future(stdin.read())
    done, _ = await asyncio.wait((serving, orphaned), return_when=asyncio.FIRST_COMPLETED)
    for task in (serving, orphaned):
        task.cancel()
    _, stuck = await asyncio.wait((serving, orphaned), timeout=GRACE_SECONDS)
    if stuck:
        # Closing a connection to a server that was killed as well can wait for ever, and nobody is left to end us.
        os._exit(1)
    if serving in done:
        serving.result()
        return
    # Leaving in order would wait for the threads, and thus for a batch that nobody will write.
    os._exit(0)
