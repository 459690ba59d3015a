"""The index equals the disk, after whatever happened to either."""

import random
from pathlib import Path

import pytest
from sqlalchemy import text

from app.db.database import Database
from app.services.rag.indexing import work_repository as work
from app.services.rag.worker import Worker
from tests.conftest import FreshDatabase
from tests.services.rag.conftest import Index, Workshop, open_workshop

pytestmark = pytest.mark.anyio


def function(name: str, lines: int = 3) -> str:
    body = "".join(f"    total += {number}\n" for number in range(lines))
    return f"def {name}(total):\n{body}    return total\n"


async def rebuilt(root: Path, fresh_database: FreshDatabase) -> Index:
    """Return the index of the tree as a clean build makes it."""
    from app.db.settings import DatabaseName  # noqa: PLC0415

    database = Database(await fresh_database(DatabaseName.main))
    try:
        clean = await open_workshop(root, database)
        await clean.settle()
        return await clean.index()
    finally:
        await database.close()


async def test_a_tree_becomes_an_index_with_lines_and_symbols(workshop: Workshop) -> None:
    workshop.write("a.py", function("first") + "\n\n" + function("second", 40))
    workshop.write("docs/guide.md", "# Guide\n\n## Install\n\nRun it.\n")
    await workshop.settle()
    index = await workshop.index()
    for path, chunk, start, end in index:
        lines = (workshop.root / path).read_text().split("\n")
        assert chunk == "\n".join(lines[start - 1 : end])
    symbols = {row[0] for row in await workshop.rows("SELECT symbol FROM chunks")}
    assert "second" in symbols
    assert await workshop.states() == {"a.py": ("indexed", None), "docs/guide.md": ("indexed", None)}


async def test_nothing_is_done_twice(workshop: Workshop) -> None:
    workshop.write("a.py", function("first"))
    await workshop.settle()
    generation = await workshop.rows("SELECT generation FROM sources")
    ids = await workshop.rows("SELECT id FROM chunks")
    await workshop.settle()
    (workshop.root / "a.py").touch()
    await workshop.settle()
    assert await workshop.rows("SELECT generation FROM sources") == generation
    assert await workshop.rows("SELECT id FROM chunks") == ids


async def test_changed_and_deleted_files_leave_no_trace_of_what_they_were(workshop: Workshop) -> None:
    workshop.write("a.py", function("before"))
    workshop.write("b/c.py", function("gone"))
    await workshop.settle()
    workshop.write("a.py", function("after", 5))
    (workshop.root / "b" / "c.py").unlink()
    await workshop.settle()
    index = await workshop.index()
    assert {path for path, *_ in index} == {"a.py"}
    assert "before" not in "".join(chunk for _, chunk, *_ in index)
    assert await workshop.states() == {"a.py": ("indexed", None)}


async def test_a_file_that_becomes_unreadable_text_loses_its_chunks_and_says_why(workshop: Workshop) -> None:
    workshop.write("a.py", function("first"))
    await workshop.settle()
    (workshop.root / "a.py").write_bytes(b"\0")
    await workshop.settle()
    assert await workshop.index() == set()
    assert await workshop.states() == {"a.py": ("failed", "binary content")}


async def test_old_chunks_answer_until_the_new_ones_are_there(workshop: Workshop) -> None:
    workshop.write("a.py", function("before"))
    await workshop.settle()
    before = await workshop.index()
    workshop.write("a.py", function("after"))
    await workshop.scanner.scan(2)
    assert await workshop.index() == before
    assert await workshop.states() == {"a.py": ("pending", None)}


async def test_what_cannot_be_looked_at_is_kept(workshop: Workshop) -> None:
    workshop.write("a.py", function("first"))
    await workshop.settle()
    before = await workshop.index()
    moved = workshop.root.rename(workshop.root.with_name("elsewhere"))
    await workshop.settle()
    assert await workshop.index() == before
    assert "does not exist" in (await workshop.rows("SELECT problem FROM sources"))[0][0]
    moved.rename(workshop.root)
    await workshop.settle()
    assert (await workshop.rows("SELECT problem FROM sources"))[0][0] is None


async def test_hints_about_one_place_look_only_there(workshop: Workshop) -> None:
    workshop.write("a.py", function("first"))
    workshop.write("sub/b.py", function("second"))
    await workshop.settle()
    workshop.write("a.py", function("changed"))
    workshop.write("sub/b.py", function("also_changed"))
    workshop.write("node_modules/x.js", "function x() {}\n")
    await workshop.scanner.look_at({"sub/b.py", "node_modules/x.js", "never/was.py"})
    assert {path: state for path, (state, _) in (await workshop.states()).items()} == {
        "a.py": "indexed",
        "sub/b.py": "pending",
    }
    (workshop.root / "sub" / "b.py").unlink()
    (workshop.root / "sub").rmdir()
    await workshop.scanner.look_at({"sub"})
    assert set(await workshop.states()) == {"a.py"}


async def test_hints_lead_no_further_than_a_walk(workshop: Workshop) -> None:
    outside = workshop.root.with_name("outside")
    outside.mkdir()
    (outside / "hidden.py").write_text(function("hidden"))
    workshop.write("a.py", function("first"))
    (workshop.root / "directory").symlink_to(outside)
    (workshop.root / "file.py").symlink_to(outside / "hidden.py")
    await workshop.scanner.look_at({"a.py", "directory", "file.py", "directory/hidden.py", "a.py/x.py"})
    assert set(await workshop.states()) == {"a.py"}


async def test_a_file_that_becomes_a_link_to_the_outside_leaves_the_index(workshop: Workshop) -> None:
    outside = workshop.root.with_name("hidden.py")
    outside.write_text(function("hidden"))
    workshop.write("a.py", function("first"))
    await workshop.settle()
    (workshop.root / "a.py").unlink()
    (workshop.root / "a.py").symlink_to(outside)
    await workshop.settle()
    assert await workshop.states() == {}


async def test_two_workers_share_the_work_and_index_nothing_twice(workshop: Workshop) -> None:
    for number in range(60):
        workshop.write(f"f{number}.py", function(f"f{number}"))
    await workshop.scanner.scan(1)
    other = Worker(workshop.database, "other", 16)
    import asyncio  # noqa: PLC0415

    async def drain(worker: Worker) -> int:
        steps = 0
        while await worker.step():
            steps += 1
        return steps

    steps = await asyncio.gather(drain(workshop.worker), drain(other))
    assert all(steps)
    assert len(await workshop.index()) == 60


async def test_what_a_dead_worker_held_is_released_by_its_successor_only(workshop: Workshop) -> None:
    workshop.write("a.py", function("first"))
    await workshop.scanner.scan(1)
    async with workshop.database.transaction() as session:
        assert len(await work.claim(session, "slot-1/dead", 10)) == 1
    assert not await workshop.worker.step(), "the lease still holds"
    async with workshop.database.transaction() as session:
        await work.release(session, "slot-1/")
    assert await workshop.worker.step()
    assert await workshop.states() == {"a.py": ("indexed", None)}


async def test_a_claim_that_was_overtaken_writes_nothing(workshop: Workshop) -> None:
    workshop.write("a.py", function("old"))
    await workshop.scanner.scan(1)
    async with workshop.database.transaction() as session:
        claims = await work.claim(session, "slow/1", 10)
    workshop.write("a.py", function("new"))
    await workshop.settle()
    after = await workshop.index()
    async with workshop.database.transaction() as session:
        assert await work.still_ours(session, "slow/1", claims) == set()
    assert await workshop.index() == after


async def test_a_file_that_ends_its_workers_is_parked_and_forgiven_at_the_next_start(workshop: Workshop) -> None:
    from app.services.rag.indexing import manifest_repository as manifest  # noqa: PLC0415

    workshop.write("poison.py", function("poison"))
    await workshop.scanner.scan(1)
    for _ in range(work.ATTEMPTS):
        async with workshop.database.transaction() as session:
            assert await work.claim(session, "w/1", 10)
            await work.release(session, "w/")
    async with workshop.database.transaction() as session:
        await session.execute(text("UPDATE files SET lease_until = now() - interval '1 s'"))
        await work.park(session)
    state, reason = (await workshop.states())["poison.py"]
    assert state == "failed"
    assert reason is not None
    assert "given up after 5 attempts" in reason
    async with workshop.database.transaction() as session:
        await manifest.begin_anew(session)
    await workshop.settle()
    assert await workshop.states() == {"poison.py": ("indexed", None)}


async def test_random_edits_end_where_a_clean_build_ends(workshop: Workshop, fresh_database: FreshDatabase) -> None:
    chance = random.Random(7)  # noqa: S311 - a reproducible walk
    for step in range(120):
        path = f"d{chance.randrange(3)}/f{chance.randrange(6)}.{chance.choice(['py', 'md', 'txt'])}"
        file = workshop.root / path
        action = chance.random()
        if action < 0.6:
            workshop.write(path, function(f"step{step}", chance.randrange(30)))
        elif file.exists():
            file.unlink() if action < 0.8 else file.rename(file.with_suffix(".py"))
        if chance.random() < 0.3:
            await workshop.scanner.look_at({path, path.rpartition("/")[0]})
        if chance.random() < 0.3:
            await workshop.worker.step()
    await workshop.settle()
    assert await workshop.index() == await rebuilt(workshop.root, fresh_database)
