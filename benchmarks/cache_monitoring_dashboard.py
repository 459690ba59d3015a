"""The cache, live in the terminal: hit rate, requests a second and latencies, as a running server counts them.

Usage: python -m benchmarks.cache_monitoring_dashboard [--url http://localhost:8000] [--seconds N]
Ends with Ctrl-C, or after N seconds.
"""

import argparse
import time
from collections import deque
from contextlib import suppress
from typing import Any
from urllib.error import URLError

from rich.console import Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from benchmarks.serving import get

HISTORY = 60
BLOCKS = " ▁▂▃▄▅▆▇█"


def spark(values: deque[float]) -> str:
    """Return the values as a line of blocks, the largest as the highest."""
    most = max(values, default=0.0) or 1.0
    return "".join(BLOCKS[round(value / most * (len(BLOCKS) - 1))] for value in values)


def picture(url: str, now: dict[str, Any], rates: deque[float], hits: deque[float]) -> Group:
    """Return what is shown."""
    head = Text(f"{url}  {now['workers']} workers  {now['total_searches']} searches  hit rate {now['hit_rate']:.3f}")
    live = Table(box=None, show_header=False)
    live.add_row("requests a second", f"{rates[-1] if rates else 0:8.0f}", spark(rates))
    live.add_row("of them from the cache", f"{hits[-1] if hits else 0:8.0%}", spark(hits))
    for tier, count in now["hits_by_tier"].items():
        live.add_row(f"hits in {tier}", f"{count:8}", "")
    latencies = Table("kind", "p50 ms", "p95 ms", "p99 ms", box=None)
    for name, latency in now["latency_ms"].items():
        latencies.add_row(name, *(f"{latency[key]:.3f}" for key in ("p50", "p95", "p99")))
    return Group(head, live, latencies)


def watch(url: str, until: float) -> None:
    """Look once a second and draw."""
    rates: deque[float] = deque(maxlen=HISTORY)
    hits: deque[float] = deque(maxlen=HISTORY)
    before, at = get(f"{url}/api/search/performance"), time.monotonic()
    with Live(picture(url, before, rates, hits), refresh_per_second=4) as live:
        while time.monotonic() < until:
            time.sleep(1)
            with suppress(URLError, ConnectionError):
                now, then = get(f"{url}/api/search/performance"), time.monotonic()
                total = max(0, now["total_searches"] - before["total_searches"])
                found = max(0, now["cache_hits"] - before["cache_hits"])
                rates.append(total / (then - at))
                hits.append(found / total if total else 0.0)
                before, at = now, then
                live.update(picture(url, now, rates, hits))


def main() -> None:
    """Watch until it is enough."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default="http://localhost:8000")
    parser.add_argument("--seconds", type=float, default=float("inf"))
    asked = parser.parse_args()
    with suppress(KeyboardInterrupt):
        watch(asked.url, time.monotonic() + asked.seconds)


if __name__ == "__main__":
    main()
