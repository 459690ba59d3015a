"""Places at a neighbour: so many at once, so many waiting, none lost."""

import asyncio
from contextlib import AsyncExitStack

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.adapter import Busy, Places

pytestmark = pytest.mark.anyio


async def test_who_finds_the_queue_full_is_turned_away() -> None:
    places = Places("It", at_once=1, waiting=1)
    async with places.take():
        waiting = asyncio.ensure_future(AsyncExitStack().enter_async_context(places.take()))
        await asyncio.sleep(0)
        with pytest.raises(Busy, match="It has as many calls"):
            async with places.take():
                pass
    await waiting


async def test_nobody_waits_for_ever() -> None:
    places = Places("It", at_once=1, waiting=5, seconds=0.05)
    async with places.take():
        with pytest.raises(Busy) as refused:
            async with places.take():
                pass
    assert refused.value.headers == {"Retry-After": "5"}
    async with places.take():
        pass


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 4), st.integers(0, 4), st.lists(st.sampled_from(["works", "fails", "leaves"]), max_size=12))
def test_every_place_comes_back_however_its_holder_ends(at_once: int, waiting: int, endings: list[str]) -> None:
    async def hold(places: Places, ending: str, most: list[int]) -> None:
        async with places.take():
            most[0] += 1
            most[1] = max(most)
            await asyncio.sleep(0)
            most[0] -= 1
            if ending == "fails":
                raise ValueError
            if ending == "leaves":
                await asyncio.Event().wait()

    async def run() -> None:
        places, most = Places("It", at_once, waiting), [0, 0]
        tasks = [asyncio.ensure_future(hold(places, ending, most)) for ending in endings]
        await asyncio.wait(tasks, timeout=0.05) if tasks else None
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert most[1] <= at_once
        async with AsyncExitStack() as stack:
            for _ in range(at_once):
                await stack.enter_async_context(places.take())

    asyncio.run(run())
