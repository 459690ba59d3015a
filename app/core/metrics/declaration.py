"""How a metric is declared: names begin with `reynard_`, and each has labels."""

from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, values

from app.core.metrics.value import SharedValue

values.ValueClass = SharedValue

REGISTRY = CollectorRegistry(auto_describe=False)
"""The metrics of this process."""

PREFIX = "reynard"


def counter(name: str, meaning: str, labels: Sequence[str]) -> Counter:
    """Return a number that only grows; its name on the wire ends in `_total`."""
    return Counter(name, meaning, labels, namespace=PREFIX, registry=REGISTRY)


def gauge(name: str, meaning: str, labels: Sequence[str]) -> Gauge:
    """Return a number that rises and falls: the sum over the processes that live."""
    return Gauge(name, meaning, labels, namespace=PREFIX, registry=REGISTRY, multiprocess_mode="livesum")


def level(name: str, meaning: str, labels: Sequence[str]) -> Gauge:
    """Return a number about something that all processes share, as the one said that looked last and lives."""
    return Gauge(name, meaning, labels, namespace=PREFIX, registry=REGISTRY, multiprocess_mode="livemostrecent")


def histogram(name: str, meaning: str, labels: Sequence[str], buckets: Sequence[float]) -> Histogram:
    """Return a distribution, counted in `buckets` (upper bounds, in the unit that the name ends with)."""
    return Histogram(name, meaning, labels, namespace=PREFIX, registry=REGISTRY, buckets=tuple(buckets))
