"""Kill whoever indexes at every point where something is written: the index must end as a clean build would.

Usage: python -m benchmarks.kill_matrix [--files 200] [--times 10] [--random 50]
Each run changes the tree (writes, renames, deletes, switches a branch), lets the worker or the scanner come to one
named write, kills the server, its workers or PostgreSQL with SIGKILL while it waits there, starts what has to be
started, and compares (path, content hash, chunk hash, lines) with what the files on disk give. A trigger on the
written table waits for a lock that this program holds: nothing in the product knows of it.
"""

import argparse
import asyncio
import os
import random
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import asyncpg

from app.db.embedded import attach
from app.services.rag.chunking import chunk
from app.services.rag.indexing.reading import content_hash, read
from app.services.rag.indexing.rules import Rules
from app.services.rag.indexing.walk import walk
from benchmarks.serving import get, idle, place, start_workers

LOCK = 0x6B696C6C
"""The advisory lock (the bytes of "kill") that the trigger waits for."""

POINTS = {
    "the scanner records a file": ("files", "INSERT OR UPDATE OF hash"),
    "the scanner stores its text": ("file_texts", "INSERT OR UPDATE"),
    "the scanner forgets a file": ("files", "DELETE"),
    "a worker claims": ("files", "UPDATE OF lease_owner"),
    "old chunks go to the shelf": ("shelved_files", "INSERT"),
    "old chunks are deleted": ("chunks", "DELETE"),
    "new chunks": ("chunks", "INSERT"),
    "their vectors": ("chunk_vectors", "INSERT"),
    "their terms": ("chunk_terms", "INSERT"),
    "their symbols": ("symbols", "INSERT"),
    "the manifest row": ("files", "UPDATE OF indexed_hash"),
    "the generation": ("sources", "UPDATE OF generation"),
}
AT_COMMIT = "the commit"
VICTIMS = ("server", "workers", "postgres")
SECONDS = 60.0
ARRIVAL_SECONDS = 5.0

Truth = set[tuple[str, bytes, bytes, int, int]]


@dataclass
class House:
    """A server on a tree, with everything that can be killed."""

    url: str
    environment: dict[str, str]
    tree: Path
    chance: random.Random
    branches: dict[str, dict[str, str]] = field(default_factory=dict)
    server: "subprocess.Popen[bytes] | None" = None

    @property
    def data(self) -> Path:
        """Its data directory."""
        return Path(self.environment["REYNARD_DATA_DIR"])

    def start(self) -> None:
        """Start the server."""
        self.server = start_workers(self.environment, 1)

    async def caught_up(self) -> None:
        """Wait until an answer that waited for the index says that nothing is pending."""
        deadline = time.monotonic() + SECONDS
        while True:
            try:
                answer = await asyncio.to_thread(get, f"{self.url}/api/search/semantic?q=name&limit=1&wait_ms=8000")
                if not answer["pending"] and idle(await asyncio.to_thread(get, f"{self.url}/api/rag/indexing")):
                    return
            except OSError:
                await asyncio.sleep(0.1)
            if time.monotonic() > deadline:
                raise TimeoutError("the index does not catch up")

    def children(self, module: str) -> list[int]:
        """Return the process ids of the server's children that run a module."""
        found = subprocess.run(["pgrep", "-f", f"{module} --child"], capture_output=True, text=True, check=False).stdout
        return [pid for pid in map(int, found.split()) if str(self.data) in Path(f"/proc/{pid}/environ").read_text()]


def files_of(tree: Path) -> dict[str, str]:
    """Return the texts of a tree by path."""
    return {file.relative_to(tree).as_posix(): file.read_text() for file in sorted(tree.rglob("*.py"))}


def clean_build(tree: Path) -> Truth:
    """Return what the index of a tree must hold."""
    found: Truth = set()
    for path in walk(tree, Rules()).files:
        reading = read(tree, path, 2_000_000)
        if reading is not None and reading.text is not None and reading.hash is not None:
            for part in chunk(path, reading.text):
                key = content_hash(part.text.encode())
                found.add((path, reading.hash, key, part.start_line, part.end_line))
    return found


def text_of(chance: random.Random) -> str:
    """Return a small module."""
    names = [f"name_{chance.randrange(1000)}" for _ in range(chance.randint(1, 6))]
    return (
        "\n\n".join(f"def {name}(a, b):\n    '''Return {name}.'''\n    return a * {len(name)} + b" for name in names)
        + "\n"
    )


def make_tree(tree: Path, files: int, chance: random.Random) -> None:
    """Write a tree."""
    for number in range(files):
        file = tree / f"p{number % 9}" / f"m{number}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text_of(chance))


def change(house: House) -> None:
    """Write, rename, delete some files; now and then switch a branch."""
    chance, tree = house.chance, house.tree
    every = sorted(tree.rglob("*.py"))
    for file in chance.sample(every, 6):
        file.write_text(text_of(chance))
    for file in chance.sample(every, 2):
        file.rename(file.with_name(f"r{chance.randrange(10**6)}.py"))
    for file in chance.sample(sorted(tree.rglob("*.py")), 2):
        file.unlink()
    for _ in range(2):
        (tree / f"p{chance.randrange(9)}" / f"n{chance.randrange(10**6)}.py").write_text(text_of(chance))
    if chance.random() < 0.3:
        name, held = chance.choice("xy"), files_of(tree)
        there = house.branches.get(name, held)
        house.branches[name] = held
        for path in held.keys() - there.keys():
            (tree / path).unlink()
        for path, content in there.items():
            if held.get(path) != content:
                (tree / path).parent.mkdir(exist_ok=True)
                (tree / path).write_text(content)


@asynccontextmanager
async def connected(house: House) -> AsyncIterator[asyncpg.Connection]:
    """Yield a connection to the main database of a server that runs."""
    async with attach(house.data) as servers:
        connection = await asyncpg.connect(servers.postgres_url("reynard"))
        try:
            yield connection
        finally:
            await connection.close()


async def lay_trap(connection: asyncpg.Connection, point: str) -> None:
    """Let the next write at a point wait for the lock that this connection takes."""
    await connection.execute("SELECT pg_advisory_lock($1)", LOCK)
    await connection.execute(
        "CREATE OR REPLACE FUNCTION trap() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"PERFORM pg_advisory_xact_lock_shared({LOCK}); RETURN NULL; END $$"
    )
    if point == AT_COMMIT:
        await connection.execute(
            "CREATE CONSTRAINT TRIGGER trap AFTER UPDATE OF generation ON sources DEFERRABLE INITIALLY DEFERRED "
            "FOR EACH ROW EXECUTE FUNCTION trap()"
        )
        return
    table, event = POINTS[point]
    await connection.execute(f"CREATE TRIGGER trap AFTER {event} ON {table} EXECUTE FUNCTION trap()")


async def take_away(connection: asyncpg.Connection, point: str) -> None:
    """Let writes go on."""
    await connection.execute("SELECT pg_advisory_unlock_all()")
    table = "sources" if point == AT_COMMIT else POINTS[point][0]
    await connection.execute(f"DROP TRIGGER IF EXISTS trap ON {table}")


async def somebody_waits(connection: asyncpg.Connection) -> bool:
    """Whether the write was reached within some seconds."""
    waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = $1 AND NOT granted"
    deadline = time.monotonic() + ARRIVAL_SECONDS
    while time.monotonic() < deadline:
        if await connection.fetchval(waiting, LOCK):
            return True
        await asyncio.sleep(0.02)
    return False


async def kill(house: House, victim: str) -> None:
    """Kill with SIGKILL, and start again what nobody starts by itself."""
    if victim == "server":
        if house.server is not None:
            os.killpg(house.server.pid, signal.SIGKILL)
            house.server.wait()
        house.start()
    elif victim == "workers":
        for pid in (
            *house.children("app.services.rag.worker"),
            *house.children("app.services.rag.indexing.scan_process"),
        ):
            os.kill(pid, signal.SIGKILL)
    else:
        async with attach(house.data) as servers:
            os.kill(servers.postgres.pid, signal.SIGKILL)


async def indexed(house: House) -> Truth:
    """Return what is in the index, with both legs."""
    async with connected(house) as connection:
        rows = await connection.fetch(
            "SELECT f.path, f.indexed_hash, c.hash, c.start_line, c.end_line FROM files f JOIN chunks c "
            "ON c.file_id = f.id JOIN chunk_vectors v ON v.chunk_id = c.id JOIN chunk_terms t ON t.chunk_id = c.id"
        )
    return {tuple(row) for row in rows}


async def run_once(house: House, point: str | None, victim: str) -> tuple[bool, int]:
    """Change, kill at the point or at a random moment, compare; return whether it was reached and how much differs."""
    reached = True
    if point is None:
        change(house)
        await asyncio.sleep(house.chance.uniform(0, 0.5))
        await kill(house, victim)
        change(house)
    else:
        async with connected(house) as connection:
            await lay_trap(connection, point)
            change(house)
            reached = await somebody_waits(connection)
            await kill(house, victim)
            if victim != "postgres":
                await take_away(connection, point)
        if victim == "postgres":
            await until_connected(house, lambda connection: take_away(connection, point))
    await house.caught_up()
    wanted = clean_build(house.tree)
    different = (await indexed(house)) ^ wanted
    if different:
        print(f"  {victim} killed: {sorted({path for path, *_ in different})}")
    return reached, len(different)


async def until_connected(house: House, act: Callable[[asyncpg.Connection], Any]) -> None:
    """Do something on a connection as soon as PostgreSQL is there again."""
    deadline = time.monotonic() + SECONDS
    while True:
        try:
            async with connected(house) as connection:
                await act(connection)
                return
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.2)


async def matrix(house: House, times: int, chances: int) -> int:
    """Run everything, print a line for each point, and return the number of divergences."""
    house.start()
    await house.caught_up()
    divergences, runs = 0, 0
    print(f"{'killed at':32} {'runs':>5} {'reached':>8} {'divergences':>12}")
    for point in [*POINTS, AT_COMMIT, None]:
        count = times if point else chances
        results = [await run_once(house, point, VICTIMS[number % len(VICTIMS)]) for number in range(count)]
        wrong = sum(difference > 0 for _, difference in results)
        print(
            f"{point or 'a random moment':32} {len(results):5} {sum(reached for reached, _ in results):8} {wrong:12}",
            flush=True,
        )
        divergences += wrong
        runs += len(results)
    print(f"{runs} runs, {divergences} divergences")
    return divergences


def main() -> None:
    """Run the matrix; the exit code is 1 if anything diverged."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=200)
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--random", type=int, default=50)
    parser.add_argument("--seed", type=int, default=7)
    asked = parser.parse_args()
    with TemporaryDirectory() as made:
        tree = Path(made) / "tree"
        chance = random.Random(asked.seed)  # noqa: S311 - the same runs each time
        make_tree(tree, asked.files, chance)
        with place(tree) as (url, environment):
            house = House(url, environment | {"EMBEDDING_MINILM_ENABLED": "false"}, tree, chance)
            try:
                divergences = asyncio.run(matrix(house, asked.times, asked.random))
            finally:
                if house.server is not None:
                    os.killpg(house.server.pid, signal.SIGINT)
                    house.server.wait()
    raise SystemExit(min(1, divergences))


if __name__ == "__main__":
    main()
