"""Progress and statistics in the form of the wire."""

import asyncio
from contextlib import suppress

from app.services.rag import repository
from app.services.rag.legs import KnownLeg
from app.services.rag.schemas import Indexing, LegOut, SourceOut, Stats
from app.services.rag.service import Rag

LOOK_SECONDS = 1.0
"""So long the database may take to tell the progress; then the answer is what is known, and says how old it is."""


async def indexing_now(rag: Rag) -> Indexing:
    """Return the progress over all sources, read now unless the database is silent."""
    with suppress(TimeoutError):
        async with asyncio.timeout(LOOK_SECONDS):
            await rag.refresh()
    return indexing(rag)


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
        eta_s=None if rag.progress.eta_s is None else round(rag.progress.eta_s, 1),
        lag_ms=round(max((source.lag_ms for source in sources), default=0.0), 1),
        problem=rag.progress.problem,
        sources=[SourceOut.model_validate(source) for source in sources],
        legs=[leg_out(leg) for leg in rag.legs.known.values()],
    )


def leg_out(leg: KnownLeg) -> LegOut:
    """Return how far a leg is, as it was last counted."""
    coverage = leg.state.coverage.values() if leg.state else ()
    chunks = sum(item.chunks for item in coverage)
    embedded = chunks - sum(item.missing for item in coverage)
    return LegOut(name=leg.name, chunks=chunks, embedded=embedded, status=leg.status)


async def stats(rag: Rag) -> Stats:
    """Return how much is indexed, as the database counts it."""
    await rag.refresh()
    now = indexing(rag)
    async with rag.database.reading() as connection:
        counts = {rag.embedding.model_id: (now.chunks, now.chunks), **await rag.legs.counts(connection)}
        sizes = await repository.table_sizes(connection, rag.legs.tables())
    return Stats(
        documents=now.indexed,
        chunks=now.chunks,
        embeddings={model: embedded for model, (_, embedded) in counts.items()},
        coverage={
            model: round(embedded / chunks, 4) if chunks else 0.0 for model, (chunks, embedded) in counts.items()
        },
        bytes=sum(source.bytes for source in rag.progress.sources.values()),
        bytes_on_disk=sizes,
        queue={"indexed": now.indexed, "pending": now.pending, "failed": now.failed},
    )
