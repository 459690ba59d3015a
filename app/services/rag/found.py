"""What a leg finds, and the chunk behind it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ranked:
    """A chunk and its score on one leg; higher is better."""

    chunk_id: int
    score: float


@dataclass(frozen=True, slots=True)
class Found:
    """A chunk with where it stands."""

    id: int
    source: str
    path: str
    start_line: int
    end_line: int
    symbol: str | None
    kind: str
    language: str
    modality: str
    defines: list[str]
    text: str
