"""How long a question takes over HTTP: not cached, cached, while indexing; and the limit, a route of constant bytes.

Usage: python -m benchmarks.latency [--root DIRECTORY] [--exclude NAMES] [--questions 500]
Without a directory the standard library of this Python is indexed, without its tests (about 20,000 chunks).
"""

import argparse
import asyncio
import itertools
import shutil
import sysconfig
import tempfile
import time
from pathlib import Path

from benchmarks.client import HEADING, Measured, ask_each, ask_for
from benchmarks.questions import questions, target
from benchmarks.served import CONSTANT_PATH
from benchmarks.serving import get, idle, place, seconds_until, start_workers, stop

CLIENTS = 8
SECONDS = 4.0
ROUNDS = 3
ADDED_FILES = 1000

SETTLE_SECONDS = 25.0
"""After the first load the statistics of words are counted and the vector index is built; a newcomer's first questions
are answered before that, but they are not what is measured here."""


async def throughput(port: int, targets: list[str]) -> tuple[Measured, Measured]:
    """Return cached answers and constant bytes, asked in turns by several clients."""
    cached, constant = Measured(), Measured()
    for _ in range(ROUNDS):
        for total, asked in ((cached, targets), (constant, [CONSTANT_PATH])):
            part = await ask_for(port, itertools.cycle(asked), CLIENTS, SECONDS)
            total.latencies += part.latencies
            total.errors += part.errors
            total.seconds += part.seconds
    return cached, constant


def add_files(root: Path) -> None:
    """Put copies of files that are there already into a new directory of the tree."""
    files = itertools.islice(itertools.cycle(sorted(root.rglob("*.py"))), ADDED_FILES)
    place = root / "added"
    place.mkdir()
    for number, file in enumerate(files):
        (place / f"{number}.py").write_bytes(b"# %d\n" % number + file.read_bytes())


def measure(port: int, root: Path, asked: list[str]) -> None:
    """Ask, and print the table."""
    half = len(asked) // 2
    first, second = [target(item) for item in asked[:half]], [target(item) for item in asked[half:]]
    asyncio.run(ask_each(port, [target(item, "semantic") for item in asked[:20]]))
    uncached = asyncio.run(ask_each(port, first))
    cached = asyncio.run(ask_each(port, first * 4))
    constant_alone = asyncio.run(ask_each(port, [CONSTANT_PATH] * (4 * half)))
    many, constant = asyncio.run(throughput(port, first))
    add_files(root)
    seconds_until(f"http://127.0.0.1:{port}/api/rag/indexing", lambda now: now["pending"] > 0)
    indexing = asyncio.run(ask_each(port, second))
    pending = get(f"http://127.0.0.1:{port}/api/rag/indexing")["pending"]
    print(HEADING)
    print(uncached.row("hybrid, not cached, one client"))
    print(cached.row("hybrid, cached, one client"))
    print(constant_alone.row("constant bytes, one client"))
    print(indexing.row(f"hybrid, not cached, indexing {ADDED_FILES} files"))
    print(f"p95 while indexing: {indexing.percentile(0.95) / uncached.percentile(0.95):.1f} x; then pending {pending}")
    ratio = many.rate / constant.rate
    print(f"{CLIENTS} clients: cached {many.rate:.0f}/s, constant {constant.rate:.0f}/s: ratio {ratio:.2f}")


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, default=Path(sysconfig.get_path("stdlib")))
    parser.add_argument("--exclude", default="test,tests,idlelib,lib2to3,site-packages")
    parser.add_argument("--questions", type=int, default=600)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory) / "tree"
        shutil.copytree(asked.root, root, ignore=shutil.ignore_patterns(*asked.exclude.split(","), "__pycache__"))
        with place(root) as (url, environment):
            server = start_workers(environment, 1)
            seconds_until(f"{url}/api/rag/indexing", idle)
            print(f"{get(f'{url}/api/rag/indexing')['chunks']} chunks")
            time.sleep(SETTLE_SECONDS)
            try:
                measure(int(environment["PORT"]), root, questions(root, asked.questions))
            finally:
                stop(server)


if __name__ == "__main__":
    main()
