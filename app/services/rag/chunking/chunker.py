"""Chooses how a file is cut and turns the ranges into chunks."""

from bisect import bisect_left
from collections.abc import Iterator

from app.services.rag.chunking.chunk import MAXIMUM_SIZE, Chunk, Symbol
from app.services.rag.chunking.grammars.catalogue import grammar_of
from app.services.rag.chunking.language import language_of
from app.services.rag.chunking.lines import Lines
from app.services.rag.chunking.markdown import markdown_pieces
from app.services.rag.chunking.markup import asciidoc_pieces, restructuredtext_pieces
from app.services.rag.chunking.packing import LabelledRange, pack
from app.services.rag.chunking.parsing import OutOfBounds
from app.services.rag.chunking.piece import Label
from app.services.rag.chunking.plain import split_row, split_rows
from app.services.rag.chunking.scripts import EMBEDDING_LANGUAGES, only_scripts
from app.services.rag.chunking.syntax import syntax_pieces

_LONG_MEAN = 400
"""Mean characters a line above which code was written by a machine: its lines say nothing about its syntax."""
_RECOGNISED_BY = 20_000
"""Characters that tell a header of C++ from one of C: licence, guards and includes come first."""
_DOCUMENTS = {
    "asciidoc": asciidoc_pieces,
    "markdown": markdown_pieces,
    "restructuredtext": restructuredtext_pieces,
}


def chunk(path: str, text: str) -> list[Chunk]:
    """Cut a file into chunks, in the order of its lines.

    Every line that is not blank is in exactly one chunk, save that a line longer than `MAXIMUM_SIZE` is
    spread over several. The result depends on the arguments alone.

    Args:
        path: Path or file name: it says the language.
        text: The whole file. Lone surrogates, NUL and any line endings are allowed.
    """
    language = language_of(path, text[:_RECOGNISED_BY])
    lines = Lines(text)
    ranges, symbols = _ranges(language, lines)
    return list(_chunks(lines, ranges, symbols, language))


def _ranges(language: str, lines: Lines) -> tuple[list[LabelledRange], list[Symbol]]:
    if language in _DOCUMENTS:
        return pack(_DOCUMENTS[language](lines), lines), []
    text = lines.text
    if language in EMBEDDING_LANGUAGES:
        language, text = only_scripts(text)
    grammar = grammar_of(language)
    if grammar is not None and len(text) <= _LONG_MEAN * len(lines):
        try:
            pieces, symbols = syntax_pieces(grammar, text.replace("\0", " ").encode("utf-8", "replace"), lines)
        except OutOfBounds:
            pass
        else:
            return pack(pieces, lines), symbols
    return [LabelledRange(0, len(lines) - 1, Label(None, "text"))], []


def _chunks(lines: Lines, ranges: list[LabelledRange], symbols: list[Symbol], language: str) -> Iterator[Chunk]:
    symbol_lines = [symbol.line for symbol in symbols]
    for start, end, label in ranges:
        fits = lines.size(start, end) <= MAXIMUM_SIZE and label.kind != "text"
        parts = [(start, end)] if fits else split_rows(lines, start, end)
        for first, last in parts:
            begun = bisect_left(symbol_lines, first + 1), bisect_left(symbol_lines, last + 2)
            defined = tuple(symbols[slice(*begun)])
            text = lines.slice(first, last)
            for part in (text,) if len(text) <= MAXIMUM_SIZE else split_row(text):
                yield Chunk(part, first + 1, last + 1, label.symbol, label.kind, language, defined)
                defined = ()
