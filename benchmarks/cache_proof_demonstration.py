"""What the cache does for a day of questions: asks a running server by Zipf's law, and draws what the server counted.

Usage: python -m benchmarks.cache_proof_demonstration --root DIRECTORY [--url http://localhost:8000] [--questions 300]
DIRECTORY is what the server indexes; the questions are made from its Python files.
"""

import argparse
import asyncio
import itertools
import time
from pathlib import Path
from urllib.parse import urlsplit

from rich.console import Console
from rich.table import Table

from benchmarks.client import ask_each
from benchmarks.load import zipf
from benchmarks.questions import questions, target
from benchmarks.quick_cache_proof import SPAN_SECONDS
from benchmarks.serving import get

STEPS = 12
WIDTH = 30
"""Characters of the longest bar."""


def bar(share: float) -> str:
    """Return a bar for a share from 0 to 1."""
    return "█" * round(share * WIDTH)


def main() -> None:
    """Ask in steps; print a chart of the hit rate and one of the latencies."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default="http://localhost:8000")
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--questions", type=int, default=300)
    asked = parser.parse_args()
    targets = [target(item) for item in questions(asked.root, asked.questions, seed=time.time_ns())]
    stream = zipf(targets)
    port = urlsplit(asked.url).port or 80
    console = Console(highlight=False)
    rates = Table(
        "asked", "counted hits", "hit rate", "", box=None, title="hit rate of each step, as the server counted"
    )
    before = get(f"{asked.url}/api/search/performance")
    for step in range(1, STEPS + 1):
        asyncio.run(ask_each(port, list(itertools.islice(stream, len(targets)))))
        time.sleep(SPAN_SECONDS)
        now = get(f"{asked.url}/api/search/performance")
        total = now["total_searches"] - before["total_searches"]
        hits = now["cache_hits"] - before["cache_hits"]
        rates.add_row(str(step * len(targets)), str(hits), f"{hits / total:.3f}", bar(hits / total))
        before = now
    console.print(rates)
    slowest = max(latency["p95"] for latency in before["latency_ms"].values())
    latencies = Table("kind", "p50 ms", "p95 ms", "p99 ms", "p95", box=None, title="latency in the server")
    for name, latency in before["latency_ms"].items():
        cells = (f"{latency[key]:.3f}" for key in ("p50", "p95", "p99"))
        latencies.add_row(name, *cells, bar(latency["p95"] / slowest))
    console.print(latencies)


if __name__ == "__main__":
    main()
