"""What a chunk is and how large it may be."""

from dataclasses import dataclass
from typing import NamedTuple

CHUNKER_VERSION = "2"
"""Part of every chunk's key: raise it when the same file would be cut differently."""

TARGET_SIZE = 1500
"""Characters, about 40 lines: fragments are gathered up to here, and a class above it is cut by member."""

MAXIMUM_SIZE = 2400
"""Characters no chunk exceeds; a function up to here stays whole. About 600 to 800 tokens."""

SMALL_LINES = 15
"""A definition of fewer lines may share a chunk with its neighbours; one of as many stands alone. With 5 the
standard library of Python is 50,000 chunks of 450 characters in the median, with 15 it is 35,000 of 970: a third
less to store and to scan, and each hit shows something."""


class Symbol(NamedTuple):
    """A definition within a file.

    Attributes:
        name: The name alone (`start`), as one would search for it.
        qualified: The name within the file (`Registry.start`).
        kind: As `Chunk.kind`, but never module, section or text.
        line: The line its name stands on, 1-based; comments and decorators come before it.
        end_line: The last line of the definition, inclusive; it may lie in a later chunk.
    """

    name: str
    qualified: str
    kind: str
    line: int
    end_line: int


@dataclass(frozen=True, slots=True)
class Chunk:
    r"""A run of whole lines of one file, or a part of one over-long line.

    Attributes:
        text: The lines joined by ``\n``, exactly as in the file.
        start_line: First line, 1-based; a line is what ``\n`` ends.
        end_line: Last line, inclusive.
        symbol: Name qualified within the file (`Registry.start`), a heading trail (`Install > Docker`) or None.
        kind: function, method, class, interface, enum, type, namespace, constant, module, section or text.
        language: Standard lower-case name, such as `python`.
        symbols: The definitions whose name stands in these lines, in order; those of an over-long line are in
            its first part. Definitions inside a function that fits one chunk are not told.
    """

    text: str
    start_line: int
    end_line: int
    symbol: str | None
    kind: str
    language: str
    symbols: tuple[Symbol, ...] = ()

    @property
    def defines(self) -> tuple[str, ...]:
        """Names of what is defined here, each once, in order."""
        return tuple(dict.fromkeys(symbol.name for symbol in self.symbols))
