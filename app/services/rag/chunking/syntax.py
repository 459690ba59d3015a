"""Takes a file into pieces along its syntax tree."""

from bisect import bisect_left
from collections.abc import Iterator
from itertools import pairwise

from tree_sitter import Node

from app.services.rag.chunking.chunk import MAXIMUM_SIZE, Symbol
from app.services.rag.chunking.found import Matches, last_row
from app.services.rag.chunking.grammar import Grammar
from app.services.rag.chunking.lines import Lines
from app.services.rag.chunking.outline import Definition, Outline
from app.services.rag.chunking.parsing import Parse
from app.services.rag.chunking.piece import Piece


def syntax_pieces(grammar: Grammar, source: bytes, lines: Lines) -> tuple[list[Piece], list[Symbol]]:
    """Return the pieces of a file and what it defines, both in order.

    Raises:
        OutOfBounds: Reading it would take unreasonable time.
    """
    parse = Parse(grammar, source)
    matches = Matches(parse.matches(grammar.query), parse.root, source, lines)
    outline = Outline(parse.root, matches.definitions(), lines)
    cuts = _cuts(outline.root)
    rows = [*sorted(cuts), len(lines)]
    pieces: list[Piece] = []
    statements = _Statements(matches.leads, lines)
    for row, following in pairwise(rows):
        trimmed = lines.trim(row, following - 1)
        if trimmed is None:
            continue
        piece = cuts[row]
        piece.start, piece.end = trimmed
        if not piece.is_definition and not piece.opens and pieces and _only_closes(lines, *trimmed):
            pieces[-1].end = piece.end
        elif piece.is_definition or lines.size(*trimmed) <= MAXIMUM_SIZE:
            pieces.append(piece)
        else:
            pieces += statements.split(piece)
    return pieces, outline.symbols


def _cuts(root: Definition) -> dict[int, Piece]:
    """Return what begins at which row: a definition, the head of a split one, or the rest of a scope."""
    cuts = {0: Piece(0, 0, root, root.label)}
    pending = [root]
    while pending:
        scope = pending.pop()
        free = scope.start
        for child in sorted(scope.children, key=lambda item: (item.start, -item.end)):
            child.start, child.end = max(child.start, free), min(child.end, scope.end)
            if child.start > child.end:
                continue
            free = child.end + 1
            owner = child if child.is_split else scope
            cuts[child.start] = Piece(0, 0, owner, child.label, not child.is_split, child.is_split)
            if free <= scope.end:
                cuts[free] = Piece(0, 0, scope, scope.label)
            if child.is_split:
                pending.append(child)
    return cuts


def _only_closes(lines: Lines, start: int, end: int) -> bool:
    """Tell whether rows only end what came before: closing brackets first, as in `})(this);`, or `end`."""
    return all(_closes(row.strip()) for row in lines.rows[start : end + 1])


def _closes(row: str) -> bool:
    return row[:1] in ")]}" or row.rstrip(";,)") == "end" or not any(map(str.isalnum, row))


class _Statements:
    """Where statements begin within definitions that are too large for one chunk."""

    def __init__(self, leads: set[int], lines: Lines) -> None:
        self._leads = leads
        self._lines = lines
        self._rows: dict[int, list[int]] = {}

    def split(self, piece: Piece) -> Iterator[Piece]:
        """Yield the piece cut at the statements within it."""
        scope = piece.scope
        if not isinstance(scope, Definition):
            raise TypeError(f"a piece of code stands in a definition, not in {scope!r}")
        rows = self._rows.get(id(scope))
        if rows is None:
            rows = self._rows[id(scope)] = sorted(set(self._starts(scope)))
        inner = rows[bisect_left(rows, piece.start + 1) : bisect_left(rows, piece.end + 1)]
        bounds = [piece.start, *inner, piece.end + 1]
        for index, (start, following) in enumerate(pairwise(bounds)):
            trimmed = self._lines.trim(start, following - 1)
            if trimmed is not None:
                yield Piece(*trimmed, scope, piece.label, opens=piece.opens and index == 0)

    def _starts(self, scope: Definition) -> Iterator[int]:
        children = {(child.node.start_byte, child.node.end_byte) for child in scope.children}
        pending = [scope.node]
        while pending:
            node = pending.pop()
            last_lead = last = -2
            for child in node.named_children:
                start, end = child.start_point[0], last_row(child)
                if start > last and start != last_lead + 1:
                    yield start
                if child.start_byte in self._leads:
                    last_lead = end
                elif (child.start_byte, child.end_byte) not in children and self._is_large(child):
                    pending.append(child)
                last = end

    def _is_large(self, node: Node) -> bool:
        start, end = node.start_point[0], last_row(node)
        return end > start and self._lines.size(start, end) > MAXIMUM_SIZE
