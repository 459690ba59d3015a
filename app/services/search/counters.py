"""What was really served: counts and latencies, of this process and of all that share its Redis."""

import math
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from app.services.search.answers import Tier
from app.services.search.schemas import Latency, Performance

FINEST_MS = 0.01
STEP = 1.05
"""Latencies are counted in classes each 5 % wider than the one before: a percentile is right to that, and the counts
of several processes can be added."""

FRESH_SECONDS = 10.0
"""Counts of a process that has not told anything for so long are left out: it has ended."""


def class_of(took_ms: float) -> int:
    """Return the class of a latency."""
    return max(0, math.ceil(math.log(max(took_ms, FINEST_MS) / FINEST_MS, STEP)))


def upper_bound(number: int) -> float:
    """Return the longest latency of a class, in milliseconds."""
    return FINEST_MS * math.pow(STEP, number)


class Counters:
    """Answers by tier, and their latencies by kind and whether they were cached."""

    def __init__(self) -> None:
        self.tiers: Counter[str] = Counter()
        self.latencies: dict[str, Counter[int]] = {}
        self.workers = 1

    def note(self, kind: str, took_ms: float, tier: Tier) -> None:
        """Count one answer."""
        self.tiers[tier.value] += 1
        name = f"{kind}_{'uncached' if tier is Tier.computed else 'cached'}"
        if (counted := self.latencies.get(name)) is None:
            counted = self.latencies[name] = Counter()
        counted[class_of(took_ms)] += 1

    def add(self, other: "Counters") -> None:
        """Count everything that another process counted, too."""
        self.tiers += other.tiers
        self.workers += other.workers
        for name, counted in other.latencies.items():
            self.latencies[name] = self.latencies.get(name, Counter()) + counted

    def encode(self) -> bytes:
        """Return the counts with the time, for other processes."""
        latencies = {
            name: [[number, times] for number, times in counted.items()] for name, counted in self.latencies.items()
        }
        return orjson.dumps({"at": time.time(), "tiers": dict(self.tiers), "latencies": latencies})

    def performance(self) -> Performance:
        """Return everything counted so far."""
        hits, misses = self.tiers[Tier.process] + self.tiers[Tier.redis], self.tiers[Tier.computed]
        return Performance(
            total_searches=hits + misses,
            cache_hits=hits,
            cache_misses=misses,
            hit_rate=hits / (hits + misses) if hits + misses else 0.0,
            hits_by_tier={tier: self.tiers[tier] for tier in (Tier.process, Tier.redis)},
            workers=self.workers,
            latency_ms={name: percentiles(counted) for name, counted in sorted(self.latencies.items())},
        )


def decode(told: bytes) -> Counters | None:
    """Return what another process counted; None when it is not fresh, or not understood."""
    try:
        found: Mapping[str, Any] = orjson.loads(told)
        if time.time() - found["at"] > FRESH_SECONDS:
            return None
        counters = Counters()
        counters.tiers.update({str(tier): int(times) for tier, times in found["tiers"].items()})
        for name, counted in found["latencies"].items():
            counters.latencies[str(name)] = Counter({int(number): int(times) for number, times in counted})
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
    return counters


def together(mine: Counters, told: Iterable[bytes]) -> Counters:
    """Return the counts of this process and of the others that told theirs."""
    everything = Counters()
    everything.workers = 0
    for counters in (mine, *(found for item in told if (found := decode(item)) is not None)):
        everything.add(counters)
    return everything


def percentiles(counted: Mapping[int, int]) -> Latency:
    """Return the percentiles of at least one latency."""
    total = sum(counted.values())
    return Latency(
        **{name: percentile(counted, share * total) for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))}
    )


def percentile(counted: Mapping[int, int], rank: float) -> float:
    """Return the latency that `rank` of the answers did not exceed."""
    seen = 0
    for number in sorted(counted):
        seen += counted[number]
        if seen >= rank:
            return round(upper_bound(number), 3)
    raise ValueError("nothing was counted")
