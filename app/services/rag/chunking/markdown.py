"""Takes Markdown into sections by heading."""

from collections.abc import Iterator
from functools import cache
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token

from app.services.rag.chunking.chunk import MAXIMUM_SIZE
from app.services.rag.chunking.lines import Lines
from app.services.rag.chunking.piece import Label, Piece, Scope

_ROOT = Label(None, "section")
_LONGEST_HEADING = 100
"""Characters of a heading that are kept in a trail."""


def markdown_pieces(lines: Lines) -> Iterator[Piece]:
    """Yield the sections of a document in order; long ones are cut at their blocks.

    A section's symbol is its trail of headings, such as `Install > Docker`. Front matter comes first.
    """
    body = _front_matter_end(lines)
    tokens = _block_parser().parse(_as_parsed(lines, body))
    blocks = sorted({token.map[0] for token in tokens if token.map and token.nesting >= 0 and token.level <= 2})
    root = Scope(_ROOT)
    if body:
        yield Piece(0, body - 1, root, _ROOT)
    for piece in _sections(list(_headings(tokens)), lines, body, root):
        trimmed = lines.trim(piece.start, piece.end)
        if trimmed is None:
            continue
        piece.start, piece.end = trimmed
        if lines.size(*trimmed) <= MAXIMUM_SIZE:
            yield piece
        else:
            yield from _split(piece, blocks, lines)


@cache
def _block_parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark").enable("table")
    parser.core.ruler.enableOnly(["normalize", "block"])
    return parser


def _as_parsed(lines: Lines, body: int) -> str:
    """Return the text with the front matter blanked and without lone carriage returns, which end a line there."""
    rows = [""] * body + lines.rows[body:]
    return "\n".join(row.rstrip("\r").replace("\r", " ") for row in rows)


def _front_matter_end(lines: Lines) -> int:
    """Return the row after the front matter, 0 without one (YAML between `---`, TOML between `+++`)."""
    fence = lines.rows[0].rstrip()
    if fence not in {"---", "+++"}:
        return 0
    for row in range(1, len(lines)):
        if lines.rows[row].rstrip() == fence:
            return row + 1
    return 0


def _headings(tokens: list[Token]) -> Iterator[tuple[int, int, str]]:
    """Yield row, depth (1 to 6) and text of the headings that are not inside a list or a quote."""
    for index, token in enumerate(tokens):
        if token.type == "heading_open" and token.level == 0 and token.map:
            title = " ".join(tokens[index + 1].content.split())
            yield token.map[0], int(token.tag[1:]), title[:_LONGEST_HEADING]


def _sections(headings: list[tuple[int, int, str]], lines: Lines, body: int, root: Scope) -> Iterator[Piece]:
    first = headings[0][0] if headings else len(lines)
    yield Piece(body, first - 1, root, _ROOT)
    open_sections: list[tuple[int, Scope]] = [(0, root)]
    for index, (row, depth, title) in enumerate(headings):
        following = headings[index + 1] if index + 1 < len(headings) else (len(lines), 0, "")
        while open_sections[-1][0] >= depth:
            open_sections.pop()
        parent = open_sections[-1][1]
        trail = " > ".join(part for part in (parent.label.symbol, title) if part)
        scope = Scope(Label(trail or None, "section"))
        open_sections.append((depth, scope))
        is_leaf = following[1] <= depth
        yield Piece(
            row, following[0] - 1, parent if is_leaf else scope, scope.label, is_definition=is_leaf, opens=not is_leaf
        )


def _split(piece: Piece, blocks: list[int], lines: Lines) -> Iterator[Piece]:
    """Yield a long section cut at its blocks, all in a scope of their own so that they gather again."""
    scope = Scope(piece.label)
    bounds = [piece.start, *(row for row in blocks if piece.start < row <= piece.end), piece.end + 1]
    for start, following in pairwise(bounds):
        trimmed = lines.trim(start, following - 1)
        if trimmed is not None:
            yield Piece(*trimmed, scope, piece.label)
