"""Names of documents: what a path is made of, and what it never holds."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.rag.documents.incoming import kept, prepare
from app.services.rag.documents.naming import MAX_PATH, path_of


@pytest.mark.parametrize(
    ("source", "path"),
    [
        ("notes/a.md", "notes/a.md"),
        ("/notes//./a.md", "notes/a.md"),
        ("notes\\a.md", "notes/a.md"),
        (" a.md ", "a.md"),
        ("https://example.com//guide/?page=2", "https://example.com/guide/?page=2"),
        ("cafe\u0301.md", "café.md"),
        ("..a/b..", "..a/b.."),
    ],
)
def test_a_name_becomes_a_path(source: str, path: str) -> None:
    assert path_of(source) == path


@pytest.mark.parametrize("source", ["", "/", "./.", "https://", "..", "a/../b", "..\\a", "a\0", "a\nb", "a" * 1001])
def test_what_is_no_name_is_refused(source: str) -> None:
    with pytest.raises(ValueError, match="source"):
        path_of(source)


@given(st.text(max_size=1200))
def test_a_path_is_its_own_path_and_stays_inside(source: str) -> None:
    try:
        path = path_of(source)
    except ValueError:
        return
    assert path_of(path) == path
    assert 0 < len(path) <= MAX_PATH
    assert not path.startswith("/")
    assert ".." not in path.split("/")
    assert "\0" not in path


@pytest.mark.parametrize("metadata", [{"a": "\\u0000"}, {"a": "\\\\u0000"}, {"é": [1, None, {"b": 1.5}]}])
def test_metadata_that_only_looks_like_nul_is_kept(metadata: dict[str, object]) -> None:
    assert orjson.loads(kept(metadata)) == metadata


@pytest.mark.parametrize("metadata", [{"a": "\0"}, {"\0": 1}, {"a": "\\\0"}, {"a": "\ud800"}, {"a": 2**70}])
def test_metadata_that_postgresql_does_not_keep_is_refused(metadata: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="metadata"):
        prepare("a.md", "text", None, metadata, 1000)
