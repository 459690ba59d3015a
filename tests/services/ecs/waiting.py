"""Waiting for what another process does."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

PATIENCE_SECONDS = 30.0


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    deadline = asyncio.get_running_loop().time() + PATIENCE_SECONDS
    while not await condition():
        if asyncio.get_running_loop().time() > deadline:
            pytest.fail("it did not come true")
        await asyncio.sleep(0.02)
