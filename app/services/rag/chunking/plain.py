"""Cuts rows without a grammar: at blank lines of low indentation, then anywhere, then inside a line."""

from collections.abc import Iterator

from app.services.rag.chunking.chunk import MAXIMUM_SIZE, TARGET_SIZE
from app.services.rag.chunking.lines import Lines

_BREAKABLE = " \t;,{}()[]<>"
_BREAK_WINDOW = 400
"""Characters before the hard limit in which a break after a separator is looked for: a sixth of a chunk."""
_NO_BLANK_BEFORE = 1000
"""Added to the indentation of a row that follows no blank row: any row that does is a better first row."""


def split_rows(lines: Lines, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield ranges that cover the non-blank rows from `start` to `end`, inclusive.

    A range has at most `MAXIMUM_SIZE` characters, unless it is a single over-long row.
    """
    while (trimmed := lines.trim(start, end)) is not None:
        first, last = trimmed
        cut = last if lines.size(first, last) <= TARGET_SIZE else _best_cut(lines, first, last)
        kept = lines.trim(first, cut)
        if kept is not None:
            yield kept
        start, end = cut + 1, last


def split_row(text: str) -> Iterator[str]:
    """Yield consecutive parts of an over-long row, each at most `MAXIMUM_SIZE` characters."""
    start = 0
    while len(text) - start > MAXIMUM_SIZE:
        limit = start + MAXIMUM_SIZE
        window = limit - _BREAK_WINDOW
        cut = max((text.rfind(mark, window, limit) for mark in _BREAKABLE), default=-1) + 1
        cut = cut or limit
        yield text[start:cut]
        start = cut
    yield text[start:]


def _best_cut(lines: Lines, first: int, last: int) -> int:
    """Return the last row of the first range: the next begins where the text itself pauses."""
    best, best_cost = first, 10 * _NO_BLANK_BEFORE
    row = first + 1
    while row <= last and lines.size(first, row - 1) <= TARGET_SIZE:
        if lines.size(first, row - 1) * 3 >= TARGET_SIZE and not lines.is_blank(row):
            cost = lines.indentation(row) + (0 if lines.is_blank(row - 1) else _NO_BLANK_BEFORE)
            if cost <= best_cost:
                best, best_cost = row - 1, cost
        row += 1
    return best if best_cost < 10 * _NO_BLANK_BEFORE else max(first, row - 2)
