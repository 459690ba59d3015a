"""What is seen on disk, in real directories."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.services.rag.indexing.rules import Rules
from app.services.rag.indexing.walk import covered, walk


def tree(root: Path, **files: str) -> None:
    for path, text in files.items():
        file = root / path.replace("__", "/").replace("_dot_", ".")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def seen(root: Path, below: str = "") -> set[str]:
    return set(walk(root, Rules(), below).files)


def test_ignore_files_hold_below_their_directory_and_the_innermost_decides(tmp_path: Path) -> None:
    tree(tmp_path, a_dot_py="", b_dot_txt="", sub__b_dot_txt="", sub__keep_dot_txt="", gen__x_dot_py="")
    (tmp_path / ".gitignore").write_text("*.txt\n/gen/\n")
    (tmp_path / "sub" / ".reynardignore").write_text("!keep.txt\n")
    assert seen(tmp_path) == {"a.py", "sub/keep.txt", ".gitignore", "sub/.reynardignore"}


def test_a_walk_below_a_directory_obeys_the_ignore_files_above(tmp_path: Path) -> None:
    tree(tmp_path, sub__a_dot_py="", sub__b_dot_txt="")
    (tmp_path / ".gitignore").write_text("*.txt\n")
    assert seen(tmp_path, "sub") == {"sub/a.py"}


def test_links_out_of_the_root_and_to_directories_are_not_followed(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    tree(root, a_dot_py="")
    tree(outside, secret_dot_py="")
    (root / "out.py").symlink_to(outside / "secret.py")
    (root / "loop").symlink_to(root)
    (root / "alias.py").symlink_to(root / "a.py")
    (root / "dangling.py").symlink_to(root / "nothing")
    assert seen(root) == {"a.py", "alias.py"}


def test_fifos_are_passed_over(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    assert seen(tmp_path) == set()


def test_names_that_are_no_utf8_are_passed_over(tmp_path: Path) -> None:
    (Path(os.fsdecode(bytes(tmp_path) + b"/\xff.py"))).write_text("")
    assert seen(tmp_path) == set()


def test_what_cannot_be_read_is_not_taken_for_gone(tmp_path: Path) -> None:
    found = walk(tmp_path / "missing", Rules())
    assert found.unreadable == {"": "the directory does not exist"}
    assert found.hides("any/file.py")


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    names=st.sets(st.sampled_from(["a.py", "b.txt", "sub/c.py", "sub/d.txt", "x/y/e.py", "build/f.py"]), min_size=1),
    ignored=st.lists(st.sampled_from(["*.txt", "sub/", "/a.py", "!sub/", "y", "x/*", "!*.py"]), max_size=4),
)
def test_a_single_file_is_covered_exactly_when_a_walk_leaves_it_out(
    tmp_path_factory: pytest.TempPathFactory, names: set[str], ignored: list[str]
) -> None:
    root = tmp_path_factory.mktemp("tree")
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("")
    (root / ".gitignore").write_text("\n".join(ignored))
    walked = seen(root)
    for name in names:
        assert (name in walked) == (not covered(root, Rules(), name))


def test_a_line_of_an_ignore_file_that_makes_no_sense_is_passed_over(tmp_path: Path) -> None:
    tree(tmp_path, a_dot_py="", b_dot_txt="")
    (tmp_path / ".gitignore").write_text("!\n[z-a]\nends\\\n*.txt\n")
    assert seen(tmp_path) == {"a.py", ".gitignore"}


def test_an_ignore_file_that_is_a_pipe_does_not_block(tmp_path: Path) -> None:
    tree(tmp_path, a_dot_py="")
    os.mkfifo(tmp_path / ".gitignore")
    assert seen(tmp_path) == {"a.py"}
