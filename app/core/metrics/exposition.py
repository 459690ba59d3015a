"""What Prometheus reads."""

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.multiprocess import MultiProcessCollector

from app.core.metrics.declaration import REGISTRY
from app.core.metrics.sharing import forget_dead, shared_directory

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4


def exposition() -> bytes:
    """Return all metrics of all processes as Prometheus text. Reads files: call it in a thread."""
    directory = shared_directory()
    if directory is None:
        return generate_latest(REGISTRY)
    forget_dead(directory)
    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=str(directory))
    return generate_latest(registry)
