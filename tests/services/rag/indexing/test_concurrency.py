"""Scanner, workers and people at the same rows at the same time."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.services.rag import repository
from app.services.rag.indexing import manifest_repository as manifest
from app.services.rag.indexing import work_repository as work
from app.services.rag.indexing.reading import Reading, content_hash
from tests.services.rag.conftest import Workshop

pytestmark = pytest.mark.anyio

FILES = 40


def version(number: int) -> list[Reading]:
    content = f"x = {number}\n"
    return [Reading(f"f{n}.py", 9, -1, content, content_hash(content.encode()), None) for n in range(FILES)]


async def test_a_claim_never_pairs_the_hash_of_one_version_with_the_text_of_another(workshop: Workshop) -> None:
    over = asyncio.Event()

    async def edit() -> None:
        number = 0
        while not over.is_set():
            number += 1
            async with workshop.database.transaction() as session:
                await manifest.record(session, workshop.scanner.source.id, version(number), datetime.now(UTC))

    editing = asyncio.create_task(edit())
    claimed = 0
    for _ in range(300):
        async with workshop.database.transaction() as session:
            for claim in await work.claim(session, "w/1", 16):
                assert content_hash(claim.text.encode()) == claim.hash
                claimed += 1
    over.set()
    await editing
    assert claimed


@pytest.mark.parametrize(
    "other",
    [
        lambda session: repository.delete_source(session, 1),
        manifest.begin_anew,
    ],
    ids=["delete", "begin_anew"],
)
async def test_nothing_deadlocks_with_a_worker_that_writes(
    workshop: Workshop, other: Callable[[AsyncSession], Awaitable[object]]
) -> None:
    workshop.write("a.py", "x = 1\n")
    workshop.write("b.py", "x = 1\n")
    await workshop.scanner.scan(1)
    source = workshop.scanner.source.id
    assert source == 1

    async def interfere() -> None:
        async with workshop.database.transaction() as session:
            await other(session)

    async with workshop.database.transaction() as session:
        claims = await work.claim(session, "w/1", 10)
    async with workshop.database.transaction() as session:
        assert await work.still_ours(session, "w/1", claims)
        interfering = asyncio.create_task(interfere())
        await asyncio.wait([interfering], timeout=0.2)
        await manifest.next_generation(session, source)
    await interfering
