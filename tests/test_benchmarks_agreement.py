"""The peers of syntax search are read right, and what differs is told."""

import re
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from benchmarks import agreement
from benchmarks.agreement import LIMIT, Line, compare, loosened, of_ast_grep, of_ripgrep, pieces
from benchmarks.syntax_search import tool

needs_peers = pytest.mark.skipif(
    not (tool("rg") and tool("ast-grep")), reason="ripgrep and ast-grep are installed with requirements-dev.txt"
)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "inner").mkdir()
    (tmp_path / "a.py").write_text("import os\n\nprint(os.sep, 'x:1: y')\n")
    (tmp_path / "inner" / "b.py").write_bytes(b"def f():\r\n    print(1, 2)\r\n")
    (tmp_path / "c.txt").write_text("print(1, 2)\n")
    return tmp_path


@needs_peers
def test_ripgrep_and_ast_grep_are_read_right(tree: Path) -> None:
    rg, sg = str(tool("rg")), str(tool("ast-grep"))
    both = [("a.py", 3), ("inner/b.py", 2)]
    assert sorted(of_ripgrep(rg, "print(", "literal", tree)) == both
    assert of_ripgrep(rg, r"2\)$", "regex", tree) == [("inner/b.py", 2)]
    assert sorted(of_ast_grep(sg, "print($A, $B)", tree)) == both
    assert of_ast_grep(sg, "nothing($A)", tree) == []


@given(st.text(min_size=1, max_size=24))
def test_a_loosened_piece_matches_itself(piece: str) -> None:
    assume("\n" not in piece)
    assert re.fullmatch(loosened(piece), piece)


def test_pieces_are_of_the_files_and_the_same_each_time(tree: Path) -> None:
    (tree / "long.py").write_text("value = some_function_of_the_library(1)\n")
    drawn = pieces(tree, 10)
    assert drawn == pieces(tree, 10)
    assert all(piece in "value = some_function_of_the_library(1)" for piece in drawn)


def test_what_differs_is_told_and_what_is_refused_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    found: dict[str, list[Line]] = {"same": [("a.py", 1)], "less": [("a.py", 1)]}
    monkeypatch.setattr(agreement, "ours", lambda _url, query, _mode: found[query])
    many = [("a.py", number) for number in range(LIMIT + 1)]
    theirs = [("same", [("a.py", 1), ("bad.py", 7)]), ("less", [("a.py", 1), ("b.py", 2)]), ("many", many)]
    assert compare("", "literal", theirs, {"bad.py"}) == [
        "literal: 2 compared, 1 differ, 1 lines in files we refuse",
        "  'less': 1, [('b.py', 2)]",
    ]
