"""Is an answer really kept? Asks a running server the same question twice and reads what the server counted.

Usage: python -m benchmarks.quick_cache_proof [--url http://localhost:8000] [--kind hybrid]
Exits with 1 when the second answer was computed again.
"""

import argparse
import secrets
import sys
import time
from typing import Any
from urllib.parse import quote_plus

from benchmarks.serving import get

SPAN_SECONDS = 2.5
"""Workers tell each other their counts every second."""


def counts(url: str) -> tuple[int, int]:
    """Return the hits and misses that the server counted."""
    counted = get(f"{url}/api/search/performance")
    return counted["cache_hits"], counted["cache_misses"]


def main() -> int:
    """Ask, compare, and say what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default="http://localhost:8000")
    parser.add_argument("--kind", default="hybrid", choices=["hybrid", "semantic"])
    asked = parser.parse_args()
    question = quote_plus(f"where is the cache {secrets.token_hex(4)}")
    target = f"{asked.url}/api/search/{asked.kind}?q={question}"
    time.sleep(SPAN_SECONDS)
    before = counts(asked.url)
    first: dict[str, Any] = get(target)
    second: dict[str, Any] = get(target)
    time.sleep(SPAN_SECONDS)
    hits, misses = (after - then for after, then in zip(counts(asked.url), before, strict=True))
    print(f"first answer   cached {first['cached']!s:5}  {first['took_ms']:8.3f} ms in the server")
    print(f"second answer  cached {second['cached']!s:5}  {second['took_ms']:8.3f} ms in the server")
    print(f"the server counted {hits} hits and {misses} misses meanwhile, those of others among them")
    same = first["results"] == second["results"]
    good = not first["cached"] and second["cached"] and same and hits >= 1 and misses >= 1
    print("Kept: the second answer was not computed." if good else "Not kept: see above.")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
