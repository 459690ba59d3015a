"""Finds the definitions of a file in its syntax tree."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from operator import attrgetter
from typing import NamedTuple

from tree_sitter import Node

from app.services.rag.chunking.chunk import MAXIMUM_SIZE, SMALL_LINES, TARGET_SIZE, Symbol
from app.services.rag.chunking.grammar import Grammar
from app.services.rag.chunking.lines import Lines
from app.services.rag.chunking.naming import read_name
from app.services.rag.chunking.piece import Label, Scope

_LONGEST_SYMBOL = 300
"""Characters of a qualified name that are kept: hostile code nests without end."""
_FUNCTIONS = frozenset({"function", "method"})
_TYPES = frozenset({"class", "interface", "enum", "namespace"})


@dataclass(slots=True, eq=False)
class Definition(Scope):
    """A definition with its leading comments and decorators.

    Attributes:
        node: Its syntax node.
        start: First row, 0-based.
        end: Last row, inclusive.
        children: Definitions directly within, by first row; complete only where `is_split`.
        is_split: Whether it is too large for one chunk.
    """

    node: Node
    start: int
    end: int
    is_split: bool
    children: list["Definition"] = field(default_factory=list)


class _Visit(NamedTuple):
    """A node whose children are to be looked at; `start` is the row that its first child inherits."""

    node: Node
    scope: Definition
    start: int | None
    is_local: bool


def last_row(node: Node) -> int:
    """Return the last row a node touches; one that ends with a line break does not touch the next row."""
    row, column = node.end_point
    return row - 1 if column == 0 and row > node.start_point[0] else row


class Outline:
    """The definitions of one file.

    Attributes:
        root: The file as a definition, always split.
        symbols: Everything defined, by line.
    """

    def __init__(self, grammar: Grammar, root: Node, source: bytes, lines: Lines) -> None:
        self.root = Definition(Label(None, "module"), root, 0, len(lines) - 1, is_split=True)
        self.symbols: list[Symbol] = []
        self._grammar = grammar
        self._source = source
        self._lines = lines
        self._pending = [_Visit(root, self.root, None, is_local=False)]
        # An explicit stack: a hostile file nests deeper than Python recurses.
        while self._pending:
            self._visit(self._pending.pop())
        self.symbols.sort(key=attrgetter("line"))

    def _visit(self, visit: _Visit) -> None:
        inherits_all = visit.node.type in self._grammar.wrappers
        # Asking a node for its parent walks down from the root: quadratic in a deeply nested file.
        last = -1 if visit.node is self.root.node else visit.node.start_point[0]
        for index, (child, start) in enumerate(self._with_leads(visit.node, last)):
            inherited = visit.start if visit.start is not None and (index == 0 or inherits_all) else start
            self._look_at(child, min(start, inherited), visit)

    def _with_leads(self, node: Node, last: int) -> Iterator[tuple[Node, int]]:
        """Yield the named children that are no comments, with the first row of the comment above them.

        A comment that begins on row `last` stands behind other code and is above nothing.
        """
        leads = self._grammar.leads
        lead_start, lead_end = -1, -2
        for child in node.named_children:
            start = child.start_point[0]
            if child.type in leads:
                if start > last:
                    lead_start = lead_start if start == lead_end + 1 else start
                    lead_end = last_row(child)
            else:
                yield child, lead_start if start == lead_end + 1 else start
                lead_end = -2
            last = last_row(child)

    def _look_at(self, node: Node, start: int, visit: _Visit) -> None:
        grammar = self._grammar
        kind = grammar.definitions.get(node.type)
        if kind is not None:
            self._define(node, grammar.names.get(node.type, "name"), kind, start, visit)
        elif (binding := grammar.bindings.get(node.type)) is not None:
            value = node.child_by_field_name(binding.value)
            kind = "constant" if value is None else grammar.values.get(value.type, "constant")
            if kind != "constant" or (binding.is_constant and not visit.is_local):
                self._define(node, binding.name, kind, start, visit)
            elif value is not None:
                self._descend(value, start, visit)
        else:
            self._descend(node, start, visit)

    def _descend(self, node: Node, start: int, visit: _Visit) -> None:
        if node.type in self._grammar.containers:
            self._pending.append(visit._replace(node=node, start=start))
        elif node.type in self._grammar.values:
            self._pending.append(visit._replace(node=node, start=start, is_local=True))

    def _define(self, node: Node, name_field: str, kind: str, start: int, visit: _Visit) -> None:
        row, name = read_name(node, name_field, self._source)
        if not name or (kind == "constant" and "." in name):
            self._descend(node, start, visit)
            return
        name = name.rpartition(".")[2]
        label = self._label(name, kind, visit.scope)
        end = last_row(node)
        self.symbols.append(Symbol(name, label.symbol or name, label.kind, row + 1, end + 1))
        size = self._lines.size(min(start, end), end)
        definition = Definition(label, node, start, end, is_split=size > _limit(kind))
        if kind != "constant" or end - start + 1 >= SMALL_LINES:
            visit.scope.children.append(definition)
        if definition.is_split or kind not in _FUNCTIONS:
            is_local = visit.is_local or kind in _FUNCTIONS
            self._pending.append(_Visit(node, definition, None, is_local))

    def _label(self, name: str, kind: str, scope: Definition) -> Label:
        if kind == "function" and scope.label.kind in _TYPES:
            kind = "method"
        outer = scope.label.symbol
        return Label(f"{outer}.{name}"[-_LONGEST_SYMBOL:] if outer else name, kind)


def _limit(kind: str) -> int:
    """A function stays whole to the hard limit; a class is better found by its members beyond the target."""
    return MAXIMUM_SIZE if kind in _FUNCTIONS else TARGET_SIZE
