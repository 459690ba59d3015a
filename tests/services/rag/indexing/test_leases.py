"""Who works on a file keeps it; who ended does not."""

import asyncio
import threading

import pytest

from app.services.rag import worker as room
from app.services.rag.indexing import work_repository as work
from app.services.rag.indexing.work_repository import Claim
from app.services.rag.worker import Worker
from tests.services.rag.conftest import Workshop

pytestmark = pytest.mark.anyio


async def lapse(workshop: Workshop) -> None:
    """Let a minute pass."""
    async with workshop.database.engine.begin() as connection:
        await connection.exec_driver_sql("UPDATE files SET lease_until = lease_until - interval '1 minute'")


async def test_a_lease_is_renewed_while_its_file_is_worked_on(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "BEAT_SECONDS", 0.05)
    going_on = threading.Event()
    index = room.index

    def slow(claims: list[Claim], embedding: object) -> object:
        going_on.wait(20)
        return index(claims, embedding)  # type: ignore[arg-type]

    workshop.write("a.py", "x = 1\n")
    await workshop.scanner.scan(1)
    with monkeypatch.context() as patched:
        patched.setattr(room, "index", slow)
        working = asyncio.create_task(workshop.worker.step())
        while not await workshop.rows("SELECT 1 FROM files WHERE lease_owner IS NOT NULL"):  # noqa: ASYNC110 - a row
            await asyncio.sleep(0.01)
        await lapse(workshop)
        async with asyncio.timeout(10):
            while not await workshop.rows("SELECT 1 FROM files WHERE lease_until > now()"):  # noqa: ASYNC110 - a row
                await asyncio.sleep(0.01)
        other = Worker(workshop.database, "other", 8)
        assert not await other.step(), "nobody else may take it"
        going_on.set()
        assert await working
    assert (await workshop.states())["a.py"] == ("indexed", None)


async def test_a_lease_that_ran_out_is_taken_over_and_the_first_writes_nothing(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    workshop.write("a.py", "x = 1\n")
    await workshop.scanner.scan(1)
    async with workshop.database.transaction() as session:
        claims = await work.claim(session, workshop.worker._owner, 8)
    await lapse(workshop)
    other = Worker(workshop.database, "other", 8)
    assert await other.step()
    await workshop.worker._write(*room.index(claims, workshop.worker._embedding))
    assert [tuple(row) for row in await workshop.rows("SELECT count(*), max(chunks) FROM files")] == [(1, 1)]
    assert len(await workshop.rows("SELECT 1 FROM chunks")) == 1
    ((embedded,),) = await workshop.rows("SELECT embedded FROM sources")
    assert embedded == 1
