"""Takes a document into sections by its headings."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from app.services.rag.chunking.chunk import MAXIMUM_SIZE
from app.services.rag.chunking.lines import Lines
from app.services.rag.chunking.piece import Label, Piece, Scope

_ROOT = Label(None, "section")
_LONGEST_HEADING = 100
"""Characters of a heading that are kept in a trail."""


class Heading(NamedTuple):
    """A heading on a row, 0-based; the outermost depth is 1."""

    row: int
    depth: int
    title: str


def section_pieces(lines: Lines, headings: Sequence[Heading], blocks: Sequence[int], body: int = 0) -> Iterator[Piece]:
    """Yield the sections of a document in order; long ones are cut at their blocks.

    A section's symbol is its trail of headings, such as `Install > Docker`.

    Args:
        lines: The document.
        headings: Its headings, by row.
        blocks: Rows where paragraphs, lists and the like begin, in order.
        body: First row behind the front matter, which is a section of its own.
    """
    root = Scope(_ROOT)
    if body:
        yield Piece(0, body - 1, root, _ROOT)
    for piece in _sections(headings, lines, body, root):
        trimmed = lines.trim(piece.start, piece.end)
        if trimmed is None:
            continue
        piece.start, piece.end = trimmed
        if lines.size(*trimmed) <= MAXIMUM_SIZE:
            yield piece
        else:
            yield from _split(piece, blocks, lines)


def _sections(headings: Sequence[Heading], lines: Lines, body: int, root: Scope) -> Iterator[Piece]:
    first = headings[0].row if headings else len(lines)
    yield Piece(body, first - 1, root, _ROOT)
    open_sections: list[tuple[int, Scope]] = [(0, root)]
    for heading, following in pairwise([*headings, Heading(len(lines), 0, "")]):
        while open_sections[-1][0] >= heading.depth:
            open_sections.pop()
        parent = open_sections[-1][1]
        trail = " > ".join(part for part in (parent.label.symbol, heading.title[:_LONGEST_HEADING]) if part)
        scope = Scope(Label(trail or None, "section"))
        open_sections.append((heading.depth, scope))
        is_leaf = following.depth <= heading.depth
        owner = parent if is_leaf else scope
        yield Piece(heading.row, following.row - 1, owner, scope.label, is_definition=is_leaf, opens=not is_leaf)


def _split(piece: Piece, blocks: Sequence[int], lines: Lines) -> Iterator[Piece]:
    """Yield a long section cut at its blocks, all in a scope of their own so that they gather again."""
    scope = Scope(piece.label)
    bounds = [piece.start, *(row for row in blocks if piece.start < row <= piece.end), piece.end + 1]
    for start, following in pairwise(bounds):
        trimmed = lines.trim(start, following - 1)
        if trimmed is not None:
            yield Piece(*trimmed, scope, piece.label)
