"""Scoring of ranked places in code, as the relevance benchmark of MinishLab/semble does it."""

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

PLACES = 10
ALL_LINES = 10**9


class Place(NamedTuple):
    """Lines of a file; 1-based, inclusive."""

    path: str
    first: int = 1
    last: int = ALL_LINES


@dataclass(frozen=True, slots=True)
class Question:
    """A query with the places that answer it."""

    query: str
    category: str
    targets: tuple[Place, ...]


def questions_of(file: Path) -> list[Question]:
    """Read questions: `query`, `category`, and as `relevant` and `secondary` paths, or paths with lines."""
    return [
        Question(item["query"], item["category"], (*targets(item["relevant"]), *targets(item.get("secondary", []))))
        for item in json.loads(file.read_text("utf-8"))
    ]


def targets(listed: Iterable[Any]) -> list[Place]:
    """Return the places that `relevant` or `secondary` lists."""
    return [
        Place(item) if isinstance(item, str) else Place(item["path"], item["start_line"], item["end_line"])
        for item in listed
    ]


def is_at(hit: Place, target: Place) -> bool:
    """Whether a hit is in the file of a target (one path ends with the other) and overlaps its lines."""
    same = f"/{hit.path}".endswith(f"/{target.path}") or f"/{target.path}".endswith(f"/{hit.path}")
    return same and hit.first <= target.last and target.first <= hit.last


def ndcg(wanted: Sequence[Place], found: Sequence[Place]) -> float:
    """Return NDCG at 10 with gain 1 for every target, which counts at the first hit that is there.

    Järvelin and Kekäläinen, "Cumulated gain-based evaluation of IR techniques", ACM TOIS 20(4), 2002.
    """
    ranks = [next((rank for rank, hit in enumerate(found[:PLACES], 1) if is_at(hit, one)), 0) for one in wanted]
    best = sum(1 / math.log2(rank + 1) for rank in range(1, min(PLACES, len(wanted)) + 1))
    return sum(1 / math.log2(rank + 1) for rank in ranks if rank) / best
