"""What a chunk is and how large it may be."""

from dataclasses import dataclass

CHUNKER_VERSION = "1"
"""Part of every chunk's key: raise it when the same file would be cut differently."""

TARGET_SIZE = 1500
"""Characters, about 40 lines: fragments are gathered up to here, and a class above it is cut by member."""

MAXIMUM_SIZE = 2400
"""Characters no chunk exceeds; a function up to here stays whole. About 600 to 800 tokens."""

SMALL_LINES = 15
"""A definition of fewer lines may share a chunk with its neighbours; one of as many stands alone. With 5 the
standard library of Python is 50,000 chunks of 450 characters in the median, with 15 it is 35,000 of 970: a third
less to store and to scan, and each hit shows something."""


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
        defines: Unqualified names whose definition begins in these lines.
    """

    text: str
    start_line: int
    end_line: int
    symbol: str | None
    kind: str
    language: str
    defines: tuple[str, ...] = ()
