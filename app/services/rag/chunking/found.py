"""Reads the definitions of a file from what the query of its grammar found."""

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple

from tree_sitter import Node

from app.services.rag.chunking.lines import Lines
from app.services.rag.chunking.naming import read_name
from app.services.rag.chunking.parsing import Match

KINDS = frozenset(
    {
        *("class", "constant", "enum", "extension", "function", "heading"),
        *("interface", "method", "namespace", "section", "type"),
    }
)
"""Captures that are definitions."""


class Found(NamedTuple):
    """A definition as the query found it.

    Attributes:
        node: The syntax node that holds its body.
        span: Its first byte, and the byte after its last.
        kind: As `Chunk.kind`, or `extension`.
        name: Its name, possibly dotted.
        row: Row of the name, 0-based.
        start: First row, with the comments above.
        end: Last row.
    """

    node: Node
    span: tuple[int, int]
    kind: str
    name: str
    row: int
    start: int
    end: int


class _Raw(NamedTuple):
    """What the patterns say about one name."""

    pattern: int
    kind: str
    node: Node
    end: Node
    names: list[Node]

    @property
    def span(self) -> tuple[int, int]:
        return self.node.start_byte, self.end.end_byte


def last_row(node: Node) -> int:
    """Return the last row a node touches; one that ends with a line break does not touch the next row."""
    row, column = node.end_point
    return row - 1 if column == 0 and row > node.start_point[0] else row


class Matches:
    """What the query of a grammar finds in a file.

    Attributes:
        leads: First byte of each comment or attribute.
    """

    def __init__(self, matches: Iterable[Match], root: Node, source: bytes, lines: Lines) -> None:
        self.leads: set[int] = set()
        self._root = root
        self._source = source
        self._lines = lines
        self._lead_starts: dict[int, int] = {}
        self._raw: dict[int, _Raw] = {}
        for pattern, captures in matches:
            if "lead" in captures:
                for node in captures["lead"]:
                    self._add_lead(node)
            else:
                self._add(pattern, captures)

    def definitions(self) -> Iterator[Found]:
        """Yield the definitions, outer ones before those within."""
        headings = []
        for raw in sorted(self._raw.values(), key=lambda raw: (raw.node.start_byte, -raw.end.end_byte)):
            name = read_name(raw.names, self._source)
            if not name:
                continue
            first = raw.node.start_point[0]
            start = self._lead_starts.get(first - 1, first)
            row = raw.names[-1].start_point[0]
            end = last_row(raw.end)
            while end > row and self._lines.is_blank(end):
                end -= 1
            found = Found(raw.end, raw.span, raw.kind, name, row, start, end)
            if raw.kind == "heading":
                headings.append(found)
            else:
                yield found
        yield from self._sections(headings)

    def _sections(self, headings: list[Found]) -> Iterator[Found]:
        """Yield headings as sections that reach to the next heading."""
        last = Found(self._root, (len(self._source), 0), "", "", 0, len(self._lines), 0)
        for found, following in pairwise([*headings, last]):
            span = found.span[0], following.span[0]
            yield found._replace(node=self._root, kind="section", span=span, end=following.start - 1)

    def _add(self, pattern: int, captures: dict[str, list[Node]]) -> None:
        """Take in a match: the first pattern that finds a name says what it is, the widest node how far it goes."""
        names = captures["name"]
        kind = next(name for name in captures if name in KINDS)
        node = captures[kind][0]
        end = captures["end"][0] if "end" in captures else node
        raw = _Raw(pattern, kind, node, end, [*captures["scope"], *names] if "scope" in captures else names)
        known = self._raw.get(names[0].start_byte)
        if known is not None:
            first = raw if raw.pattern < known.pattern else known
            wide = max(raw, known, key=_width)
            raw = first._replace(node=wide.node, end=wide.end)
        self._raw[names[0].start_byte] = raw

    def _add_lead(self, node: Node) -> None:
        self.leads.add(node.start_byte)
        row, column = node.start_point
        # A comment behind other code is above nothing.
        if column == 0 or self._lines.rows[row][:column].isspace():
            self._lead_starts[last_row(node)] = self._lead_starts.get(row - 1, row)


def _width(raw: _Raw) -> int:
    start, end = raw.span
    return end - start
