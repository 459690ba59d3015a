"""Takes Markdown into sections by heading."""

from collections.abc import Iterator
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

from app.services.rag.chunking.lines import Lines
from app.services.rag.chunking.piece import Piece
from app.services.rag.chunking.sections import Heading, section_pieces


def markdown_pieces(lines: Lines) -> Iterator[Piece]:
    """Return the sections of a document in order; long ones are cut at their blocks. Front matter comes first."""
    body = _front_matter_end(lines)
    tokens = _block_parser().parse(_as_parsed(lines, body))
    blocks = sorted({token.map[0] for token in tokens if token.map and token.nesting >= 0 and token.level <= 2})
    return section_pieces(lines, list(_headings(tokens)), blocks, body)


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


def _headings(tokens: list[Token]) -> Iterator[Heading]:
    """Yield the headings that are not inside a list or a quote."""
    for index, token in enumerate(tokens):
        if token.type == "heading_open" and token.level == 0 and token.map:
            yield Heading(token.map[0], int(token.tag[1:]), " ".join(tokens[index + 1].content.split()))
