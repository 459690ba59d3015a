"""What was really served: counts and latencies of this process."""

from collections import Counter, deque

import numpy as np

from app.services.search.schemas import Latency, Performance

KEPT = 1000
"""Latencies kept for each kind: enough for a 99th percentile of ten values."""


class Counters:
    """Counts answers by kind and by whether they came from the cache."""

    def __init__(self) -> None:
        self._served: Counter[bool] = Counter()
        self._latencies: dict[str, deque[float]] = {}

    def note(self, kind: str, took_ms: float, *, cached: bool) -> None:
        """Count one answer."""
        self._served[cached] += 1
        key = f"{kind}_{'cached' if cached else 'uncached'}"
        self._latencies.setdefault(key, deque(maxlen=KEPT)).append(took_ms)

    def performance(self) -> Performance:
        """Return everything counted so far."""
        hits, misses = self._served[True], self._served[False]
        return Performance(
            total_searches=hits + misses,
            cache_hits=hits,
            cache_misses=misses,
            hit_rate=hits / (hits + misses) if hits + misses else 0.0,
            latency_ms={key: percentiles(list(values)) for key, values in self._latencies.items()},
        )


def percentiles(values: list[float]) -> Latency:
    """Return the percentiles of at least one value."""
    p50, p95, p99 = (round(float(value), 3) for value in np.percentile(values, (50, 95, 99)))
    return Latency(p50=p50, p95=p95, p99=p99)
