"""Parses a file within bounds, whatever it holds."""

import re
import time
from collections.abc import Iterator

from tree_sitter import Node, Parser, Query, QueryCursor, Tree

from app.services.rag.chunking.grammar import Grammar

_READ_SIZE = 65536
_STEPS_PER_BYTE = 0.1
"""Parser steps allowed for a byte, a step being a progress report of tree-sitter (100 of its operations).
The Python standard library needs at most 0.013 in any file; `lambda x:` repeated 5,000 times and read as
JavaScript needs more than 1.5. Counting steps, unlike time, gives the same chunks on every machine."""
_FREE_STEPS = 2000
_SECONDS = 3.0
"""Processor time a file may take. Steps slow down with the depth of a broken tree: `function f() {` repeated 10,000
times and read as Haskell takes 10 s within its steps. Real files of 2 MB stay below 1 s."""
_DEEPEST = 1000
"""Nested brackets of a kind above which no parser is asked. Read as C#, Java or TypeScript, 10,000 `<` take 2 s
between two progress reports, and twice as many four times as long; in a tree of 30,000 `(` a query takes 1.5 s."""
_BRACKETS = (
    (b"(", re.compile(rb"[()]")),
    (b"[", re.compile(rb"[\[\]]")),
    (b"{", re.compile(rb"[{}]")),
    (b"<", re.compile(rb"[<>;]")),
)
"""What opens, and the marks to count; a semicolon ends all comparisons that look like an open `<`."""
_MATCHES_AT_ONCE = 4096
"""Unfinished matches the query may hold: they cost memory. Real files need below 100."""

Match = tuple[int, dict[str, list[Node]]]


class OutOfBounds(Exception):
    """The syntax is so broken, or so deep, that reading it would take unreasonable time."""


class Parse:
    """A parsed file that can be asked."""

    def __init__(self, grammar: Grammar, source: bytes) -> None:
        """Parse a file.

        Raises:
            OutOfBounds: It would take unreasonable time.
        """
        self._steps = _FREE_STEPS + int(_STEPS_PER_BYTE * len(source))
        self._until = time.thread_time() + _SECONDS
        if _nests_too_deep(source):
            raise OutOfBounds
        self.root = self._tree(grammar, source).root_node

    def matches(self, query: Query) -> Iterator[Match]:
        """Yield what the query finds, in order.

        Nothing stops a query under way (the callback of tree-sitter 0.26.1 crashes the process), but it is linear
        in the size of a tree of bounded depth.
        """
        yield from QueryCursor(query, match_limit=_MATCHES_AT_ONCE).matches(self.root)

    def _tree(self, grammar: Grammar, source: bytes) -> Tree:
        def read(offset: int, _point: object) -> bytes:
            return source[offset : offset + _READ_SIZE]

        try:
            return Parser(grammar.language).parse(read, progress_callback=self._is_spent)
        except ValueError:
            raise OutOfBounds from None

    def _is_spent(self, _offset: int, _has_error: bool) -> bool:
        self._steps -= 1
        return self._steps < 0 or time.thread_time() > self._until


def _nests_too_deep(source: bytes) -> bool:
    return any(_is_deep(source, opening, marks) for opening, marks in _BRACKETS if source.count(opening) > _DEEPEST)


def _is_deep(source: bytes, opening: bytes, marks: re.Pattern[bytes]) -> bool:
    depth = 0
    for mark in marks.finditer(source):
        if mark[0] == opening:
            depth += 1
            if depth > _DEEPEST:
                return True
        else:
            depth = 0 if mark[0] == b";" else max(0, depth - 1)
    return False
