"""Progress and statistics in the form of the wire."""

from app.services.rag import repository
from app.services.rag.schemas import Indexing, SourceOut, Stats
from app.services.rag.service import Rag


def indexing(rag: Rag) -> Indexing:
    """Return the progress over all sources."""
    sources = list(rag.progress.sources.values())
    return Indexing(
        state=rag.progress.state,
        generation=sum(source.generation for source in sources),
        known=sum(source.known for source in sources),
        indexed=sum(source.indexed for source in sources),
        pending=sum(source.pending for source in sources),
        failed=sum(source.failed for source in sources),
        chunks=sum(source.chunks for source in sources),
        rate=round(rag.progress.rate, 1),
        lag_ms=round(max((source.lag_ms for source in sources), default=0.0), 1),
        sources=[SourceOut.model_validate(source) for source in sources],
    )


async def stats(rag: Rag) -> Stats:
    """Return how much is indexed, as the database counts it."""
    await rag.refresh()
    now = indexing(rag)
    async with rag.database.reading() as connection:
        sizes = await repository.table_sizes(connection)
    model = rag.embedding.model_id
    return Stats(
        documents=now.indexed,
        chunks=now.chunks,
        embeddings={model: now.chunks},
        coverage={model: 1.0 if now.chunks else 0.0},
        bytes=sum(source.bytes for source in rag.progress.sources.values()),
        bytes_on_disk=sizes,
        queue={"indexed": now.indexed, "pending": now.pending, "failed": now.failed},
    )
