"""Progress and statistics in the form of the wire: what a caller may see."""

import asyncio
from collections.abc import Collection
from contextlib import suppress

from app.core.access import Caller, Role
from app.services.rag import repository
from app.services.rag.legs import KnownLeg
from app.services.rag.progress import Progress
from app.services.rag.schemas import Indexing, LegOut, OthersOut, SourceOut, Stats
from app.services.rag.service import Rag

LOOK_SECONDS = 1.0
"""So long the database may take to tell the progress; then the answer is what is known, and says how old it is."""


async def indexing_now(rag: Rag, caller: Caller) -> Indexing:
    """Return the progress over all sources of the caller, read now unless the database is silent."""
    with suppress(TimeoutError):
        async with asyncio.timeout(LOOK_SECONDS):
            await rag.refresh()
    return indexing(rag, caller)


def indexing(rag: Rag, caller: Caller) -> Indexing:
    """Return the progress over all sources that the caller may see; administrators are told the size of the rest."""
    seen = rag.progress.seen_by(caller)
    sources = list(seen.sources.values())
    return Indexing(
        state=seen.state,
        generation=sum(source.generation for source in sources),
        known=sum(source.known for source in sources),
        indexed=sum(source.indexed for source in sources),
        pending=sum(source.pending for source in sources),
        failed=sum(source.failed for source in sources),
        chunks=sum(source.chunks for source in sources),
        rate=round(seen.rate, 1),
        eta_s=None if seen.eta_s is None else round(seen.eta_s, 1),
        lag_ms=round(max((source.lag_ms for source in sources), default=0.0), 1),
        problem=seen.problem,
        sources=[SourceOut.model_validate(source) for source in sources],
        legs=[leg_out(leg, seen.sources) for leg in rag.legs.known.values()],
        others=others(rag.progress, caller) if caller.role is Role.admin else None,
    )


def others(progress: Progress, administrator: Caller) -> OthersOut:
    """Return how much is private to others: numbers, and no name."""
    hidden = [source for source in progress.sources.values() if not source.seen_by(administrator)]
    return OthersOut(
        sources=len(hidden),
        known=sum(source.known for source in hidden),
        indexed=sum(source.indexed for source in hidden),
        pending=sum(source.pending for source in hidden),
        failed=sum(source.failed for source in hidden),
        chunks=sum(source.chunks for source in hidden),
        bytes=sum(source.bytes for source in hidden),
    )


def leg_out(leg: KnownLeg, source_ids: Collection[int]) -> LegOut:
    """Return how far a leg is with these sources, as it was last counted."""
    coverage = leg.coverage(source_ids)
    chunks = sum(item.chunks for item in coverage)
    embedded = chunks - sum(item.missing for item in coverage)
    return LegOut(name=leg.name, chunks=chunks, embedded=embedded, status=leg.status(source_ids))


async def stats(rag: Rag, caller: Caller) -> Stats:
    """Return how much is indexed, as the database counts it."""
    await rag.refresh()
    now = indexing(rag, caller)
    seen = await rag.sources(caller)
    async with rag.database.reading() as connection:
        counts = {rag.embedding.model_id: (now.chunks, now.chunks), **await rag.legs.counts(connection, seen.ids)}
        tables = rag.legs.tables()
        sizes = await repository.table_sizes(connection, tables) if caller.role is Role.admin else {}
    return Stats(
        documents=now.indexed,
        chunks=now.chunks,
        embeddings={model: embedded for model, (_, embedded) in counts.items()},
        coverage={
            model: round(embedded / chunks, 4) if chunks else 0.0 for model, (chunks, embedded) in counts.items()
        },
        bytes=sum(source.bytes for source in seen.sources),
        bytes_on_disk=sizes,
        queue={"indexed": now.indexed, "pending": now.pending, "failed": now.failed},
    )
