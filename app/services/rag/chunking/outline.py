"""Finds the definitions of a file in its syntax tree."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from operator import attrgetter

from tree_sitter import Node

from app.services.rag.chunking.chunk import MAXIMUM_SIZE, SMALL_LINES, TARGET_SIZE, Symbol
from app.services.rag.chunking.found import Found
from app.services.rag.chunking.lines import Lines
from app.services.rag.chunking.naming import last_part
from app.services.rag.chunking.piece import Label, Scope

_LONGEST_SYMBOL = 300
"""Characters of a qualified name that are kept: hostile code nests without end."""
_SIGNATURE_LINES = 4
"""Rows of a definition that is only announced, as by a Haskell signature, and stays with what follows whatever
the size of that."""
_FUNCTIONS = frozenset({"function", "method"})
_TYPES = frozenset({"class", "interface", "enum"})


@dataclass(slots=True, eq=False)
class Definition(Scope):
    """A definition with its leading comments and decorators.

    Attributes:
        node: The syntax node that holds its body.
        stop: The byte after its last.
        start: First row, 0-based.
        end: Last row, inclusive.
        is_local: Whether it stands in a function, or is one.
        children: Definitions directly within, by first row; complete only where `is_split`.
        is_split: Whether it is too large for one chunk.
    """

    node: Node
    stop: int
    start: int
    end: int
    is_local: bool
    is_split: bool
    children: list["Definition"] = field(default_factory=list)


class Outline:
    """The definitions of one file.

    Attributes:
        root: The file as a definition, always split.
        symbols: Everything defined, by line.
    """

    def __init__(self, root: Node, found: Iterator[Found], lines: Lines) -> None:
        self.root = Definition(Label(None, "module"), root, root.end_byte, 0, len(lines) - 1, False, True)
        self._symbols: dict[Definition | int, Symbol] = {}
        self._lines = lines
        self._open = [self.root]
        for item in found:
            while len(self._open) > 1 and self._open[-1].stop <= item.span[0]:
                self._open.pop()
            self._add(item, self._open[-1])
        self.symbols = sorted(self._symbols.values(), key=attrgetter("line"))

    def _add(self, item: Found, scope: Definition) -> None:
        """Take in a definition that stands in `scope`."""
        is_function = item.kind in _FUNCTIONS
        if (scope.is_local and item.kind == "constant") or self._is_hidden(scope):
            return
        label = _label(item, scope)
        start = min(item.start, item.end)
        definition = Definition(label, item.node, item.span[1], start, item.end, is_function or scope.is_local, False)
        definition.is_split = self._is_large(definition)
        before = scope.children[-1] if scope.children else None
        if before is not None and self._continues(definition, before):
            self._merge(definition, before)
            return
        if item.kind != "constant" or definition.end - definition.start + 1 >= SMALL_LINES:
            scope.children.append(definition)
        if item.kind != "extension":
            name = last_part(item.name) if item.kind != "section" else item.name
            self._symbols[definition] = Symbol(name, label.symbol or name, label.kind, item.row + 1, item.end + 1)
        self._open.append(definition)

    @staticmethod
    def _is_hidden(scope: Definition) -> bool:
        """Tell whether what stands in `scope` is a detail of a function that is shown whole."""
        return scope.label.kind in _FUNCTIONS and not scope.is_split

    def _continues(self, definition: Definition, before: Definition) -> bool:
        """Tell whether one function follows in parts: clauses, overloads, a signature, a getter and its setter."""
        if definition.label != before.label or definition.label.kind not in _FUNCTIONS:
            return False
        height = before.end - before.start + 1
        return height <= _SIGNATURE_LINES or self._lines.size(before.start, definition.end) <= MAXIMUM_SIZE

    def _merge(self, definition: Definition, before: Definition) -> None:
        """Let `before` end where `definition` does."""
        before.end = definition.end
        before.node, before.stop = definition.node, definition.stop
        before.is_split = self._is_large(before)
        self._symbols[before] = self._symbols[before]._replace(end_line=definition.end + 1)
        self._open.append(before)

    def _is_large(self, definition: Definition) -> bool:
        """Tell whether a definition is better cut: it does not fit, or its members are what one looks for."""
        size = self._lines.size(definition.start, definition.end)
        if definition.label.kind == "namespace":
            return definition.end - definition.start >= SMALL_LINES
        return size > (MAXIMUM_SIZE if definition.label.kind in _FUNCTIONS else TARGET_SIZE)


def _label(item: Found, scope: Definition) -> Label:
    kind = item.kind
    if kind == "function" and scope.label.kind in _TYPES:
        kind = "method"
    elif kind == "extension":
        kind = "class"
    outer = scope.label.symbol
    return Label(f"{outer}.{item.name}"[-_LONGEST_SYMBOL:] if outer else item.name, kind)
