"""What a leg finds, and the chunk behind it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple


class Ranked(NamedTuple):
    """A chunk and its score on one leg; higher is better."""

    chunk_id: int
    score: float


@dataclass(frozen=True, slots=True)
class Candidate:
    """A chunk without its text: what ranking has to know of it.

    Attributes:
        chunk_id: Its number in the index.
        file_id: The number of its file; the same path may stand in two sources.
        path: Path within the source.
        symbol: Name qualified within the file (`Registry.start`), or None.
        kind: function, method, class, interface, enum, type, namespace, constant, module, section or text.
        language: Standard lower-case name.
        defines: Unqualified names whose definition begins in the chunk.
        file_chunks: How many chunks its file has.
    """

    chunk_id: int
    file_id: int
    path: str
    symbol: str | None
    kind: str
    language: str
    defines: Sequence[str]
    file_chunks: int


@dataclass(frozen=True, slots=True)
class Found:
    """A chunk with where it stands."""

    id: int
    source_id: int
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
