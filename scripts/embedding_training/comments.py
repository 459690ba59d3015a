"""Finds what people wrote about a piece of code: the comment above a declaration, a docstring, a heading."""

import ast
import re
from collections.abc import Iterator
from typing import NamedTuple

MAX_LINES = 40
"""Of a body: as long as the chunks that will be searched."""

_LINE_COMMENTS = {".py": "#", ".rb": "#", ".sh": "#", ".zsh": "#", ".ex": "#", ".exs": "#", ".hs": "--", ".lua": "--"}
_PREFIX = re.compile(r"^\s*(@\w|#\[|\[\w+.*\]$|@doc|@spec)")
_CLOSING = re.compile(r"^\s*([)\]}>{]|end\b|where\b|else\b|catch\b|rescue\b|done\b|fi\b)")
_BLOCK = re.compile(r"^[ \t]*/\*\*?(?!\*)(.*?)\*/[ \t]*\n", re.DOTALL | re.MULTILINE)
_ELIXIR = re.compile(r'^[ \t]*@(?:doc|moduledoc) ~?[sS]?"""\n(.*?)^[ \t]*"""[ \t]*\n', re.DOTALL | re.MULTILINE)
_HEADING = re.compile(r"^#{1,4} (.+)\n((?:(?!#{1,6} ).*\n?)+)", re.MULTILINE)
_STATEMENTS = frozenset({"catch", "for", "foreach", "if", "return", "switch", "unless", "while", "with"})
_NAME = re.compile(
    r"\b(?:func(?:tion)?|def|defp|defmodule|defmacro|class|struct|interface|enum|trait|fn|fun|type|module|object"
    r"|protocol|const|val|let|var)\s+(?:\([^)]*\)\s*)?([A-Za-z_][\w.]*)|([A-Za-z_]\w*)\s*\("
)


class Pair(NamedTuple):
    """What was said of a piece of code, the name it declares, and the code without those words."""

    words: str
    symbol: str
    code: str


def pairs_of(suffix: str, text: str) -> Iterator[Pair]:
    """Yield the pairs of one file."""
    if suffix == ".md":
        yield from (Pair(m[1], "", m[2][:2_000]) for m in _HEADING.finditer(text))
        return
    if suffix == ".py":
        yield from _of_docstrings(text)
        return
    for match in (_ELIXIR if suffix in {".ex", ".exs"} else _BLOCK).finditer(text):
        yield from _with_code(match[1], text[match.end() : match.end() + 4_000])
    yield from _of_line_comments(text, _LINE_COMMENTS.get(suffix, "//"))


def _of_docstrings(text: str) -> Iterator[Pair]:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return
    lines = text.splitlines(keepends=True)
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        words = ast.get_docstring(node)
        if not words:
            continue
        start, end = node.body[0].lineno - 1, node.body[0].end_lineno or node.lineno
        last = min(node.end_lineno or end, node.lineno - 1 + MAX_LINES + end - start)
        code = "".join(lines[node.lineno - 1 : start] + lines[end:last])
        yield Pair(words, node.name, code)


def _of_line_comments(text: str, mark: str) -> Iterator[Pair]:
    lines = text.splitlines(keepends=True)
    said: list[str] = []
    for number, line in enumerate(lines):
        if line.lstrip().startswith(mark):
            said.append(line.strip().lstrip(mark[0] + "/!|^ "))
            continue
        if said and line.strip():
            yield from _with_code("\n".join(said), "".join(lines[number : number + MAX_LINES + 5]))
        said = []


def _with_code(words: str, following: str) -> Iterator[Pair]:
    code = _block(following.splitlines(keepends=True))
    name = _NAME.search(code)
    if name and code.count("\n") > 1:
        called = name[2] in _STATEMENTS
        yield Pair(words, "" if called else name[1] or name[2], code)


def _block(lines: list[str]) -> str:
    """Return the lines of the first declaration: those that are indented deeper than its first one, or close it."""
    taken: list[str] = []
    depth: int | None = None
    for line in lines[:MAX_LINES]:
        indent = len(line) - len(line.lstrip())
        if depth is not None and line.strip() and indent <= depth and not _CLOSING.match(line):
            break
        taken.append(line)
        if depth is None and line.strip() and not _PREFIX.match(line):
            depth = indent
    return "".join(taken).rstrip() + "\n"
