"""The real process with the real MiniLM, killed again and again: nothing is lost, and it goes on."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from app.core.children import Orders, keep_child
from app.services.rag.legs.fill_process import fill
from tests.services.rag.conftest import Workshop

pytestmark = pytest.mark.anyio

FILLER = fill.__module__
FILES = 60


async def embedded(workshop: Workshop) -> int:
    if not await workshop.rows("SELECT 1 FROM legs WHERE dimension IS NOT NULL"):
        return 0
    ((leg,),) = await workshop.rows("SELECT id FROM legs")
    return int((await workshop.rows(f"SELECT count(*) FROM leg_{leg:d}"))[0][0])


async def test_killed_at_any_moment_it_goes_on_where_it_was(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMBEDDING_MINILM_BATCH_SIZE", "4")
    for number in range(FILES):
        workshop.write(f"f{number}.py", f"def name_{number}(a):\n    return a + {number}\n")
    await workshop.settle()
    url = workshop.database.url.render_as_string(hide_password=False)
    known = 0
    for kills in (True, True, False):
        keeper = asyncio.create_task(keep_child(FILLER, Orders(url, "test")))
        try:
            async with asyncio.timeout(60):
                while (now := await embedded(workshop)) < (known + 4 if kills else FILES):  # noqa: ASYNC110 - rows
                    await asyncio.sleep(0.02)
            assert now >= known, "what was embedded is kept"
            known = now
            if kills:
                kill_children()
            else:
                await until_complete(workshop)
        finally:
            keeper.cancel()
            await asyncio.gather(keeper, return_exceptions=True)


async def until_complete(workshop: Workshop) -> None:
    complete = f"SELECT 1 FROM leg_coverage WHERE complete AND missing = 0 AND chunks = {FILES}"
    async with asyncio.timeout(30):
        while not await workshop.rows(complete):  # noqa: ASYNC110 - rows
            await asyncio.sleep(0.02)


def kill_children() -> None:
    """Kill the fillers among the children of this process."""
    for task in Path("/proc/self/task").iterdir():
        for child in (task / "children").read_text().split():
            if FILLER in (Path("/proc") / child / "cmdline").read_text():
                os.kill(int(child), signal.SIGKILL)
