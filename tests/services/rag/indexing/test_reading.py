"""One file from disk, also the odd ones."""

import os
from pathlib import Path

from app.services.rag.indexing.reading import content_hash, read

LIMIT = 1000


def test_text_comes_with_its_hash(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    os.utime(tmp_path / "a.py", (1, 1))
    found = read(tmp_path, "a.py", LIMIT)
    assert found is not None
    assert (found.text, found.hash, found.reason) == ("x = 1\n", content_hash(b"x = 1\n"), None)
    assert found.mtime_ns == 1_000_000_000


def test_a_fresh_file_is_looked_at_again(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x")
    found = read(tmp_path, "a.py", LIMIT)
    assert found is not None
    assert found.mtime_ns == -1


def test_a_gone_file_is_none_and_a_fifo_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert read(tmp_path, "pipe", LIMIT) is None
    assert read(tmp_path, "nothing", LIMIT) is None


def test_each_refusal_has_its_reason(tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(b"x" * (LIMIT + 1))
    (tmp_path / "binary").write_bytes(b"a\0b")
    (tmp_path / "latin").write_bytes("naïve".encode("latin-1"))
    reasons = {name: getattr(read(tmp_path, name, LIMIT), "reason", None) for name in ("large", "binary", "latin")}
    assert reasons == {
        "large": "larger than 0.001 MB (RAG_CONTINUOUS_INDEXING_MAX_FILE_SIZE_MB)",
        "binary": "binary content",
        "latin": "not valid UTF-8 at byte 2",
    }


def test_minified_files_are_left_out_and_long_tables_are_not(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text("var a=1;" * 4000)
    (tmp_path / "b.csv").write_text(("1," * 300 + "\n") * 40)
    minified, table = read(tmp_path, "a.js", 100_000), read(tmp_path, "b.csv", 100_000)
    assert minified is not None
    assert minified.reason == "machine-written: its lines have 32000 characters on average"
    assert table is not None
    assert table.reason is None


def test_a_byte_order_mark_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(b"\xef\xbb\xbfx = 1")
    found = read(tmp_path, "a.py", LIMIT)
    assert found is not None
    assert found.text == "x = 1"
