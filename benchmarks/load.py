"""Many clients at once: 100 of them ask 5,000 distinct questions by Zipf's law (s = 1) from a cold cache for a minute.

Usage: python -m benchmarks.load [--root DIRECTORY] [--workers 2] [--clients 100] [--seconds 60]
Without a directory the standard library of this Python is indexed, without its tests.
"""

import argparse
import asyncio
import itertools
import os
import random
import shutil
import sysconfig
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.client import HEADING, Measured, ask_for
from benchmarks.questions import questions, target
from benchmarks.serving import get, idle, place, seconds_until, start_workers, stop

DISTINCT = 5000
PARTS = 6
"""The time is cut into so many parts, so that growing memory or latency shows."""


def zipf(targets: list[str], seed: int = 11) -> Iterator[str]:
    """Yield targets for ever: the one of rank r with a probability in proportion to 1 / r."""
    chance = random.Random(seed)  # noqa: S311 - the same order each time
    weights = list(itertools.accumulate(1 / rank for rank in range(1, len(targets) + 1)))
    while True:
        yield from chance.choices(targets, cum_weights=weights, k=1000)


def memory_mb(group: int) -> float:
    """Return the resident memory of all processes of a process group that serve."""
    total = 0
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
            command = (status.parent / "cmdline").read_bytes()
        except OSError:
            continue
        if int(fields[2]) == group and (b"multiprocessing" in command or b"uvicorn" in command):
            total += int(fields[21]) * os.sysconf("SC_PAGE_SIZE")
    return total / 2**20


def measure(url: str, port: int, group: int, targets: list[str], clients: int, seconds: float) -> None:
    """Ask, and print a line for each part of the time and for all."""
    asked, total = zipf(targets), Measured()
    print(HEADING + f" {'per s':>8} {'MB':>6}")
    for part in range(PARTS):
        measured = asyncio.run(ask_for(port, asked, clients, seconds / PARTS))
        print(measured.row(f"part {part + 1} of {PARTS}") + f" {measured.rate:8.0f} {memory_mb(group):6.0f}")
        total.latencies += measured.latencies
        total.errors += measured.errors
        total.answers += measured.answers
        total.seconds += measured.seconds
    print(total.row("all") + f" {total.rate:8.0f}")
    for answer, times in total.answers.most_common(5):
        print(f"{times} x {answer}")
    counted = get(f"{url}/api/search/performance")
    print(
        f"counted by {counted['workers']} workers: {counted['total_searches']} searches, hit rate "
        f"{counted['hit_rate']:.3f} ({counted['hits_by_tier']})"
    )


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, default=Path(sysconfig.get_path("stdlib")))
    parser.add_argument("--exclude", default="test,tests,idlelib,lib2to3,site-packages")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--clients", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--settle", type=float, default=0, help="seconds to wait after the index is made")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory) / "tree"
        shutil.copytree(asked.root, root, ignore=shutil.ignore_patterns(*asked.exclude.split(","), "__pycache__"))
        with place(root) as (url, environment):
            server = start_workers(environment, asked.workers)
            try:
                seconds_until(f"{url}/api/rag/indexing", idle)
                time.sleep(asked.settle)
                targets = [target(item) for item in questions(root, DISTINCT)]
                print(f"{get(f'{url}/api/rag/indexing')['chunks']} chunks, {len(targets)} distinct questions")
                measure(url, int(environment["PORT"]), server.pid, targets, asked.clients, asked.seconds)
            finally:
                stop(server)


if __name__ == "__main__":
    main()
