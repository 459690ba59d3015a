"""Takes reStructuredText and AsciiDoc into sections by heading."""

import re
from collections.abc import Iterator

from app.services.rag.chunking.lines import Lines
from app.services.rag.chunking.piece import Piece
from app.services.rag.chunking.sections import Heading, section_pieces

_RULE = re.compile(r"([!-/:-@\[-`{-~])\1+")
"""A line of one repeated mark, which underlines a title in reStructuredText."""
_ASCIIDOC_TITLE = re.compile(r"(={1,6}|#{1,6})[ \t]+(\S.*)")
_ASCIIDOC_FENCE = re.compile(r"(?:-{4,}|\.{4,}|={4,}|\+{4,}|/{4,}|`{3,})")


def restructuredtext_pieces(lines: Lines) -> Iterator[Piece]:
    """Return the sections of a document in order; a mark that underlines first is the outermost depth."""
    return section_pieces(lines, list(_underlined(lines)), _blocks(lines))


def asciidoc_pieces(lines: Lines) -> Iterator[Piece]:
    """Return the sections of a document in order."""
    return section_pieces(lines, list(_prefixed(lines)), _blocks(lines))


def _underlined(lines: Lines) -> Iterator[Heading]:
    depths: dict[tuple[str, bool], int] = {}
    previous = -1
    for row in range(len(lines) - 1):
        title, rule = lines.rows[row].rstrip(), lines.rows[row + 1].rstrip()
        is_title = title.strip() and not _RULE.fullmatch(title) and row > previous
        if not is_title or not _RULE.fullmatch(rule) or len(rule) < len(title):
            continue
        over = row > 0 and lines.rows[row - 1].rstrip() == rule
        # A paragraph before is text that a table or a transition follows.
        if (title[0].isspace() and not over) or (row > 0 and not over and not lines.is_blank(row - 1)):
            continue
        depth = depths.setdefault((rule[0], over), len(depths) + 1)
        yield Heading(row - over, depth, title.strip())
        previous = row + 1


def _prefixed(lines: Lines) -> Iterator[Heading]:
    fence = ""
    for row, text in enumerate(lines.rows):
        stripped = text.rstrip()
        if _ASCIIDOC_FENCE.fullmatch(stripped):
            fence = "" if stripped == fence else fence or stripped
        elif not fence and (match := _ASCIIDOC_TITLE.fullmatch(stripped)):
            yield Heading(row, len(match[1]), match[2])


def _blocks(lines: Lines) -> list[int]:
    """Return the rows where a paragraph begins."""
    return [
        row
        for row in range(1, len(lines))
        if lines.is_blank(row - 1) and not lines.is_blank(row) and not lines.indentation(row)
    ]
