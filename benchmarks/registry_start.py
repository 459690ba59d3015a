"""What the registry promises, in seconds: services start together, and one that hangs delays nobody.

Usage: python -m benchmarks.registry_start
"""

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from app.core.registry import BootError, Context, Registry, ServiceDefinition, ServiceFailed
from app.core.settings import load_settings

START_SECONDS = 0.3


@asynccontextmanager
async def slow(context: Context) -> AsyncIterator[str]:
    """Take 0.3 s to start, as a service does that waits for a neighbour."""
    await asyncio.sleep(START_SECONDS)
    yield context.service


@asynccontextmanager
async def hangs(context: Context) -> AsyncIterator[str]:
    """Never start."""
    await asyncio.Event().wait()
    yield context.service


@asynccontextmanager
async def fails(context: Context) -> AsyncIterator[str]:
    """Fail at once."""
    if context.service:
        raise ServiceFailed("the password was rejected")
    yield context.service


FOUR = [ServiceDefinition(f"service{number}", slow, required=True) for number in range(4)]


async def start(*more: ServiceDefinition) -> tuple[Registry, float]:
    """Start four services of 0.3 s and `more`; return the registry and the seconds until all required ones ran."""
    registry = Registry(load_settings([]), [*FOUR, *more])
    begun = time.perf_counter()
    await registry.start()
    return registry, time.perf_counter() - begun


async def main() -> None:
    """Measure and print."""
    registry, seconds = await start()
    print(f"four services of {START_SECONDS} s started in        {seconds:.3f} s")
    await registry.stop()
    registry, seconds = await start(ServiceDefinition("hung", hangs, priority=99, start_timeout=0.5))
    print(f"the same beside one that hangs         {seconds:.3f} s")
    await asyncio.sleep(START_SECONDS)
    hung = registry.status()["hung"]
    print(f"the one that hangs is                  {hung.state}: {hung.reason}")
    await registry.stop()
    try:
        await start(ServiceDefinition("broken", fails, required=True))
    except BootError as error:
        print(f"a required one that fails ends it with  {error}")


if __name__ == "__main__":
    asyncio.run(main())
