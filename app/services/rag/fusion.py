"""Rankings of several legs become one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from app.services.rag.found import Ranked

RRF_K = 60
"""Reciprocal rank fusion's constant (Cormack, Clarke, Buettcher, SIGIR 2009)."""

CANDIDATES = 50
"""Depth of each leg before fusion: a chunk below it on every leg has no chance of the first page."""


@dataclass(slots=True)
class Fused:
    """A chunk with its fused score and its place (rank from 1, score) on each leg that found it."""

    chunk_id: int
    score: float = 0.0
    legs: dict[str, tuple[int, float]] = field(default_factory=dict)


def fuse(legs: Mapping[str, Sequence[Ranked]]) -> list[Fused]:
    """Return every chunk of any leg, best first.

    The score is the sum over the legs of 1 / (k + rank), scaled so that the first on every leg has 1.
    """
    found: dict[int, Fused] = {}
    for name, ranking in legs.items():
        for rank, item in enumerate(ranking, 1):
            fused = found.setdefault(item.chunk_id, Fused(item.chunk_id))
            fused.score += (RRF_K + 1) / (RRF_K + rank) / len(legs)
            fused.legs[name] = (rank, item.score)
    return sorted(found.values(), key=lambda fused: (-fused.score, fused.chunk_id))
