"""Whatever happens to the tree, and whoever ends in the middle of it: the index becomes what a clean build would be."""

import asyncio
import os
import shutil
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from app.db.database import Database
from app.db.settings import DatabaseName
from app.services.rag.chunking import chunk
from app.services.rag.indexing.reading import content_hash, read
from app.services.rag.indexing.rules import Rules
from app.services.rag.indexing.walk import walk
from app.services.rag.worker import Worker
from tests.conftest import FreshDatabase
from tests.services.rag.conftest import Workshop, open_workshop

PATHS = st.sampled_from(["a.py", "b.py", "p/a.py", "p/q/c.md", "p/q/d.txt"])
CONTENTS = st.sampled_from(
    [
        "def one():\n    return 1\n",
        "class Two:\n    def run(self):\n        return 2\n",
        "# Three\n\nSome prose.\n",
        "",
        "binary\0content",
    ]
)
STEPS = st.integers(0, 40)

Truth = set[tuple[str, bytes, bytes, int, int]]


def clean_build(root: Path) -> Truth:
    """Return what the index of a tree must hold, from the pure functions alone."""
    found: Truth = set()
    for path in walk(root, Rules()).files:
        reading = read(root, path, 100_000)
        if reading is None or reading.text is None or reading.hash is None:
            continue
        for part in chunk(path, reading.text):
            key = content_hash(part.text.encode())
            found.add((path, reading.hash, key, part.start_line, part.end_line))
    return found


class Tree(RuleBasedStateMachine):
    """A tree that changes while it is indexed."""

    run: Callable[[Coroutine[Any, Any, Any]], Any]
    database: Database
    place: Path

    def __init__(self) -> None:
        super().__init__()
        self.root = self.place / "tree"
        shutil.rmtree(self.root, ignore_errors=True)
        self.root.mkdir()
        self.workshop: Workshop = self.run(open_workshop(self.root, self.database))
        self.branches: dict[str, dict[str, str]] = {}
        self.generation = 0
        self.moment = 1_000_000_000

    @initialize(content=CONTENTS)
    def begin(self, content: str) -> None:
        self.workshop.write("first.py", content)

    @rule(path=PATHS, content=CONTENTS)
    def write(self, path: str, content: str) -> None:
        self.put(path, content)

    def put(self, path: str, content: str) -> None:
        """Write with a time of its own that lies back, so that the next look trusts it."""
        self.workshop.write(path, content)
        self.moment += 1
        os.utime(self.root / path, (self.moment, self.moment))

    @rule(path=PATHS)
    def delete(self, path: str) -> None:
        (self.root / path).unlink(missing_ok=True)

    @rule(old=PATHS, new=PATHS)
    def rename(self, old: str, new: str) -> None:
        if (self.root / old).exists() and old != new:
            (self.root / new).parent.mkdir(parents=True, exist_ok=True)
            (self.root / old).rename(self.root / new)

    @rule(name=st.sampled_from(["x", "y"]))
    def switch_branch(self, name: str) -> None:
        held = {
            file.relative_to(self.root).as_posix(): file.read_text()
            for file in self.root.rglob("*.*")
            if file.is_file()
        }
        there = self.branches.get(name, held)
        self.branches[name] = held
        for path in held.keys() - there.keys():
            (self.root / path).unlink()
        for path, content in there.items():
            if held.get(path) != content:
                self.put(path, content)

    @rule(path=PATHS)
    def hint(self, path: str) -> None:
        self.run(self.workshop.scanner.look_at([path]))

    @rule()
    def scan(self) -> None:
        self.run(self.workshop.scanner.scan(1))

    @rule()
    def work(self) -> None:
        self.run(self.workshop.worker.step())

    @rule(steps=STEPS)
    def worker_ends_in_the_middle(self, steps: int) -> None:
        self.run(abandon(self.workshop.worker.step(), steps))
        self.workshop.worker = Worker(self.database, "worker", 16)
        self.run(self.workshop.worker._start())

    @rule(steps=STEPS)
    def scanner_ends_in_the_middle(self, steps: int) -> None:
        self.run(abandon(self.workshop.scanner.scan(1), steps))
        self.workshop = self.run(open_workshop(self.root, self.database))
        self.run(self.workshop.worker._start())

    @rule()
    def settled_the_index_is_a_clean_build(self) -> None:
        self.run(self.workshop.settle())
        assert self.run(self.indexed()) == clean_build(self.root)
        assert set(self.run(self.workshop.states())) == set(walk(self.root, Rules()).files)

    @invariant()
    def what_is_indexed_is_whole_and_the_generation_grows(self) -> None:
        self.run(self.workshop.index())
        ((wrong,),) = self.run(
            self.workshop.rows(
                "SELECT count(*) FROM files f WHERE chunks <> (SELECT count(*) FROM chunks c WHERE c.file_id = f.id)"
            )
        )
        assert wrong == 0
        ((generation,),) = self.run(self.workshop.rows("SELECT generation FROM sources"))
        assert generation >= self.generation
        self.generation = generation

    async def indexed(self) -> Truth:
        rows = await self.workshop.rows(
            "SELECT f.path, f.indexed_hash, c.hash, c.start_line, c.end_line "
            "FROM chunks c JOIN files f ON f.id = c.file_id"
        )
        return {tuple(row) for row in rows}

    def teardown(self) -> None:
        self.settled_the_index_is_a_clean_build()
        self.run(forget(self.database))


async def abandon(work: Coroutine[Any, Any, Any], steps: int) -> None:
    """Let something run for some turns of the event loop, then end it wherever it is."""
    task = asyncio.ensure_future(work)
    for _ in range(steps):
        await asyncio.sleep(0.0005)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def open_database(fresh: FreshDatabase) -> Database:
    return Database(await fresh(DatabaseName.main))


async def forget(database: Database) -> None:
    async with database.engine.begin() as connection:
        await connection.exec_driver_sql("DELETE FROM sources")


def test_the_index_is_always_on_its_way_to_a_clean_build(tmp_path: Path, fresh_database: FreshDatabase) -> None:
    with asyncio.Runner() as runner:
        database = runner.run(open_database(fresh_database))
        members = {"run": staticmethod(runner.run), "database": database, "place": tmp_path}
        run_state_machine_as_test(
            type("ThisTree", (Tree,), members),
            settings=settings(
                max_examples=15,
                stateful_step_count=20,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
        runner.run(database.close())
