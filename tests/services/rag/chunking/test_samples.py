"""Every language on a realistic file: the symbols and chunks are those a reader would expect."""

from pathlib import Path

import pytest

from app.services.rag.chunking import chunk, language_of
from app.services.rag.chunking.grammars.catalogue import LANGUAGES
from tests.services.rag.chunking.test_coverage import SAMPLES


def described(path: Path) -> str:
    """Return the chunks of a file with their symbols, one a line."""
    rows = []
    for item in chunk(path.name, path.read_text("utf-8")):
        rows.append(f"{item.start_line}-{item.end_line} {item.kind} {item.symbol or '-'}")
        rows += [f"    {symbol.line}-{symbol.end_line} {symbol.kind} {symbol.qualified}" for symbol in item.symbols]
    return "\n".join(rows) + "\n"


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_symbols_and_chunks_are_as_expected(path: Path) -> None:
    assert described(path) == path.with_name(f"{path.name}.expected").read_text("utf-8")


def test_every_language_has_a_sample() -> None:
    assert {language_of(path.name) for path in SAMPLES} >= set(LANGUAGES)
