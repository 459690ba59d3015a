"""The parts a file is taken into before they are gathered into chunks."""

from dataclasses import dataclass
from typing import NamedTuple


class Label(NamedTuple):
    """What a chunk is called: its qualified symbol and its kind."""

    symbol: str | None
    kind: str


@dataclass(slots=True, eq=False)
class Scope:
    """What holds pieces: a file, or a definition or section too large for one chunk."""

    label: Label


@dataclass(slots=True)
class Piece:
    """Consecutive rows that belong together.

    Attributes:
        start: First row, 0-based.
        end: Last row, inclusive.
        scope: Where the rows stand.
        label: The definition's own label, or the scope's for rows between definitions.
        is_definition: Whether the rows are one whole definition or leaf section.
        opens: Whether the rows are the head of `scope`: its signature, or the text before its first subsection.
    """

    start: int
    end: int
    scope: Scope
    label: Label
    is_definition: bool = False
    opens: bool = False

    @property
    def height(self) -> int:
        """Number of rows."""
        return self.end - self.start + 1
