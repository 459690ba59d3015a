"""The progress of the index as numbers for Prometheus."""

from app.core.metrics import level
from app.services.rag.progress import Progress

FILES = level("index_files", "Files that are known, by state.", ("state",))
CHUNKS = level(
    "index_chunks",
    "Chunks: in the index now, and embedded or taken back without embedding since the sources were made.",
    ("what",),
)
LAG = level("index_lag_seconds", "Since the oldest change on disk that is not indexed yet.", ("of",))
RATE = level("index_rate_chunks", "Chunks a second that came in lately.", ("of",))


def tell(progress: Progress) -> None:
    """Publish what is known now."""
    sources = list(progress.sources.values())
    for state in ("indexed", "pending", "failed"):
        FILES.labels(state).set(sum(getattr(source, state) for source in sources))
    CHUNKS.labels("indexed").set(sum(source.chunks for source in sources))
    CHUNKS.labels("embedded").set(sum(source.embedded for source in sources))
    CHUNKS.labels("reused").set(sum(source.reused for source in sources))
    LAG.labels("pending").set(max((source.lag_ms for source in sources), default=0.0) / 1000)
    RATE.labels("indexed").set(progress.rate)
