"""Two workers, each a process of its own, of which one is killed in the middle of its work."""

import asyncio
import os
import signal
from contextlib import suppress
from pathlib import Path

import pytest

from app.core.children import Orders, keep_child
from app.services.rag.embedding import StaticEmbedding
from app.services.rag.indexing.service import WORKER
from app.services.rag.service import Rag
from tests.services.rag.conftest import Workshop

pytestmark = pytest.mark.anyio

FILES = 240
FUNCTIONS = 12


def workers() -> list[int]:
    """Return the process ids of this process's children that are workers."""
    found = []
    for thread in Path("/proc/self/task").iterdir():
        for pid in (thread / "children").read_text().split():
            with suppress(OSError):
                if WORKER in Path(f"/proc/{pid}/cmdline").read_text():
                    found.append(int(pid))
    return found


async def test_one_is_killed_and_every_file_is_indexed_once_without_a_step_back(workshop: Workshop) -> None:
    for number in range(FILES):
        body = "\n\n".join(f"def name_{number}_{n}(a):\n    return a * {n}" for n in range(FUNCTIONS))
        workshop.write(f"p{number % 7}/m{number}.py", f"{body}\n")
    await workshop.scanner.scan(1)
    rag = Rag(workshop.database, StaticEmbedding.load())
    url = workshop.database.url.render_as_string(hide_password=False)
    keeping = [asyncio.create_task(keep_child(WORKER, Orders(url, f"worker-{number}"))) for number in range(2)]
    indexed, killed = [0], False
    try:
        async with asyncio.timeout(60):
            while indexed[-1] < FILES:
                await rag.refresh()
                (source,) = rag.progress.sources.values()
                assert source.known == source.indexed + source.pending + source.failed == FILES
                indexed.append(source.indexed)
                if not killed and source.indexed > 0:
                    os.kill(workers()[0], signal.SIGKILL)
                    killed = True
                await asyncio.sleep(0.01)
    finally:
        for task in keeping:
            task.cancel()
        await asyncio.gather(*keeping, return_exceptions=True)
    assert killed
    assert indexed == sorted(indexed), "progress went backwards"
    assert len({path for path, *_ in await workshop.index()}) == FILES
    ((chunks, embedded),) = await workshop.rows("SELECT (SELECT count(*) FROM chunks), embedded FROM sources")
    assert chunks == embedded, "something was indexed twice"
    assert await workshop.rows("SELECT 1 FROM files WHERE lease_owner IS NOT NULL OR attempts > 0") == []
