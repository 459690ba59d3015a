"""Chunks related to a place: near in meaning, with what it uses, and with what uses it."""

import asyncio

from app.services.rag.found import Found, Ranked
from app.services.rag.fusion import fuse
from app.services.rag.scope import Scope
from app.services.rag.service import Rag
from app.services.search.errors import UnknownPlace
from app.services.search.schemas import LegRank, Result
from app.services.search.syntax.shown import lines_around

CANDIDATES = 50
CONTEXT = 12


async def related(rag: Rag, path: str, line: int, scope: Scope, limit: int) -> tuple[str | None, list[Result]]:
    """Return the symbol at the place, and what is related to it in other files, best first.

    The legs are `near` (meaning), `uses` (definitions of names that it uses) and `used_by` (chunks with the names that
    it defines), fused by reciprocal rank.

    Raises:
        UnknownPlace: The index holds no such file, or nothing at or before that line.
    """
    place = await rag.neighbours.at(scope.sources, path, line)
    if place is None:
        raise UnknownPlace(f"path: the index holds nothing at line {line} of {path!r}; see /api/search/suggestions.")
    near, uses, used_by, same_file = await asyncio.gather(
        rag.neighbours.near(place, scope, CANDIDATES),
        rag.neighbours.used(place, scope, CANDIDATES),
        rag.lexical(" ".join(place.defines), scope, CANDIDATES),
        rag.neighbours.same_file(place),
    )
    legs = {"near": near, "uses": uses, "used_by": used_by}
    others = {name: [item for item in leg if item.chunk_id not in same_file] for name, leg in legs.items()}
    return place.symbol, await shown(rag, {name: leg for name, leg in others.items() if leg}, limit)


async def shown(rag: Rag, legs: dict[str, list[Ranked]], limit: int) -> list[Result]:
    """Return the best of some legs as they are shown."""
    best = fuse(legs)[:limit]
    chunks = await rag.chunks([item.chunk_id for item in best])
    return [
        result(chunk, item.score, {name: LegRank(rank=rank, score=score) for name, (rank, score) in item.legs.items()})
        for item in best
        if (chunk := chunks.get(item.chunk_id)) is not None
    ]


def result(chunk: Found, score: float, legs: dict[str, LegRank]) -> Result:
    """Return one chunk as it is shown."""
    return Result(
        path=chunk.path,
        start_line=chunk.start_line,
        end_line=chunk.end_line,
        score=round(score, 4),
        snippet=lines_around(chunk.text.encode(), 1, 1, CONTEXT),
        symbol=chunk.symbol,
        language=chunk.language,
        match_type="+".join(legs),
        source=chunk.source,
        explain=legs,
    )
