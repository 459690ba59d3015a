"""What `wait_ms` and the state of a source promise, on a real database."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.core.access import ANONYMOUS
from app.db.database import Database
from app.services.rag import progress as progress_module
from app.services.rag import reporting, repository
from app.services.rag.embedding import StaticEmbedding
from app.services.rag.indexing import manifest_repository as manifest
from app.services.rag.indexing.scan_process import keep_sources
from app.services.rag.progress import SourceProgress
from app.services.rag.service import Rag
from app.services.rag.settings import RagSettings
from tests.services.rag.conftest import Workshop

pytestmark = pytest.mark.anyio


@pytest.fixture
async def rag(workshop: Workshop) -> Rag:
    return Rag(workshop.database, StaticEmbedding.load())


async def test_a_wait_ends_with_its_own_scan_whatever_others_ask_for(workshop: Workshop, rag: Rag) -> None:
    waiting = asyncio.create_task(rag.catch_up(ANONYMOUS, None, 30_000))
    while (await workshop.rows("SELECT scan_requested FROM sources"))[0][0] == 1:  # noqa: ASYNC110 - a row
        await asyncio.sleep(0.01)
    async with workshop.database.transaction() as session:
        await repository.request_scan(session, [workshop.scanner.source.id])
    await workshop.scanner.scan(2)
    async with asyncio.timeout(5):
        while not waiting.done():
            await rag.refresh()
            await asyncio.sleep(0.01)


async def test_an_older_look_never_overwrites_a_newer_one(
    workshop: Workshop, rag: Rag, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = repository.progress
    slow = [0.2, 0.0]

    async def progress(connection: AsyncConnection, model: str) -> list[SourceProgress]:
        found = await read(connection, model)
        await asyncio.sleep(slow.pop(0))
        return found

    monkeypatch.setattr(repository, "progress", progress)
    older = asyncio.create_task(rag.refresh())
    await asyncio.sleep(0.1)
    async with workshop.database.transaction() as session:
        await repository.request_scan(session, [workshop.scanner.source.id])
        await manifest.next_generation(session, workshop.scanner.source.id)
    await asyncio.gather(older, rag.refresh())
    (source,) = rag.progress.sources.values()
    assert (source.generation, source.scan_requested) == (1, 2)


async def test_a_source_that_is_not_watched_is_scanned_once(tmp_path: Path, main_database: Database) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    values = {"name": "still", "path": str(tmp_path), "include": [], "exclude": [], "watch": False} | {
        "owner_id": None,
        "visibility": "shared",
    }
    async with main_database.transaction() as session:
        await repository.add_source(session, values)
    keeping = asyncio.create_task(keep_sources(main_database, RagSettings(_env_file=None)))
    try:
        async with asyncio.timeout(10):
            while True:
                async with main_database.reading() as connection:
                    (source,) = await repository.progress(connection, "")
                if not source.scan_due:
                    break
                await asyncio.sleep(0.02)
        assert source.known == 1
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)


async def test_a_source_deleted_under_its_scan_ends_no_other(workshop: Workshop) -> None:
    keeping = asyncio.create_task(keep_sources(workshop.database, RagSettings(_env_file=None)))
    try:
        workshop.write("a.py", "x = 1\n")
        while not await workshop.states():  # noqa: ASYNC110 - a row
            await asyncio.sleep(0.02)
        async with workshop.database.transaction() as session:
            await session.execute(text("DELETE FROM sources"))
            workshop.write("b.py", "x = 1\n")
            await asyncio.sleep(0.7)
        await asyncio.sleep(0.3)
        assert not keeping.done()
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)


async def test_after_a_lost_connection_nothing_is_answered_before_what_was_missed_is_known(
    workshop: Workshop, rag: Rag
) -> None:
    await rag.refresh()
    following = asyncio.create_task(rag.follow())
    try:
        await until_listening(rag, connected=True)
        await end_listeners(workshop)
        await until_listening(rag, connected=False)
        async with workshop.database.transaction() as session:
            await manifest.next_generation(session, workshop.scanner.source.id)
        await until_listening(rag, connected=True)
        assert [source.generation for source in (await rag.sources(ANONYMOUS)).sources] == [1]
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)


async def until_listening(rag: Rag, *, connected: bool) -> None:
    """Return in the very moment in which the connection that listens is there, or lost."""
    async with asyncio.timeout(10):
        while (rag._listener is not None and rag._listener.connected) is not connected:  # noqa: ASYNC110 - a state of the driver
            await asyncio.sleep(0)


async def end_listeners(workshop: Workshop) -> None:
    """End the connections that listen."""
    async with workshop.database.transaction() as session:
        await session.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE query LIKE 'LISTEN%' AND datname = current_database()"
            )
        )


async def test_a_silent_database_does_not_keep_the_progress_from_being_told(
    workshop: Workshop, rag: Rag, monkeypatch: pytest.MonkeyPatch
) -> None:
    workshop.write("a.py", "x = 1\n")
    await workshop.settle()
    assert (await reporting.indexing_now(rag, ANONYMOUS)).indexed == 1

    async def silent(*_: object) -> list[SourceProgress]:
        await asyncio.sleep(3600)
        return []

    monkeypatch.setattr(repository, "progress", silent)
    monkeypatch.setattr(reporting, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(progress_module, "STALE_SECONDS", 0.0)
    async with asyncio.timeout(10):
        told = await reporting.indexing_now(rag, ANONYMOUS)
    assert told.indexed == 1
    assert told.problem == "the database does not answer: these numbers are 0 s old"
