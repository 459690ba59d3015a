"""What is embedded of a chunk."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.rag.embedded import KEY_BYTES, embedded_text, embedding_key

TEXT = st.text(max_size=50)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("src/app.test.ts", "src/app.test"),
        ("a.b/Makefile", "a.b/Makefile"),
        (".gitignore", ".gitignore"),
        ("https://example.org/guide.html", "https://example.org/guide"),
        ("", ""),
    ],
)
def test_a_path_is_said_without_its_ending(path: str, said: str) -> None:
    assert (
        embedded_text(path, "Registry.start", "def start():\n    ...")
        == f"{said}\nRegistry.start\ndef start():\n    ..."
    )
    assert embedded_text(path, None, "x") == f"{said}\n\nx"


@given(path=TEXT, symbol=TEXT, text=TEXT)
def test_any_chunk_has_a_key_that_changes_with_its_text(path: str, symbol: str, text: str) -> None:
    key = embedding_key(embedded_text(path, symbol, text))
    assert len(key) == KEY_BYTES
    assert key == embedding_key(embedded_text(path, symbol, text))
    assert key != embedding_key(embedded_text(path, symbol, text + "x"))
