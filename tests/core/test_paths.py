"""Names and paths from outside never leave where they belong."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.paths import PathRefused, check_name, inside, within

REFUSED = [
    "", ".", "..", "/", "/etc/passwd", "a/", "/a", "a//b", "../a", "a/../b", "a/..", "a/./b", "~/../a/..",
    "a\0b", "a\nb", "a\rb", "a\tb", "\x7f", "a\u202egnp.exe", "a\u200bb", "\ufeffa", "a\ud800", "a\ue000",
    "..\\a", "a\\..\\b", "C:\\a", "C:a", "a:stream", "\\\\host\\share", "a|b", "a*", "a?", "<a>", 'a"b',
    "\uff0e\uff0e\uff0fa", "a\uff0fb", "\u2025", "\u2026", "a\uff3cb", "\uff23\uff1aa", "\u2024\u2024",
    "a\u2028b", " a", "a ", "a.", "a. ", "a.\u3000",
    "con", "CON", "con.txt", "nul.tar.gz", "aux", "prn", "com1", "LPT9.log", "com¹", "conin$", "\uff43\uff4f\uff4e",
    "x" * 256, "é" * 128, "a/" + "x" * 256, "/".join(["x" * 200] * 21),
]  # fmt: skip
ACCEPTED = [
    "a", "a.b", ".hidden", "a/b/c.md", "été/straße.txt", "日本語.md", "a b", "~a", "x" * 255, "console", "com10",
    "a..b", "%2e%2e",
]  # fmt: skip


@pytest.mark.parametrize("name", REFUSED, ids=ascii)
def test_what_is_no_name_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(PathRefused) as refused:
        inside(tmp_path, name)
    assert str(tmp_path) not in str(refused.value)


@pytest.mark.parametrize("name", ACCEPTED, ids=ascii)
def test_what_is_a_name_stays_as_it_is(name: str, tmp_path: Path) -> None:
    assert inside(tmp_path, name) == tmp_path.resolve() / name


@given(st.text(max_size=40))
def test_whatever_is_accepted_stays_inside_on_every_system(name: str) -> None:
    root = Path("/nowhere/at/all")
    try:
        found = inside(root, name)
    except PathRefused:
        return
    assert found.relative_to(root).as_posix() == name
    assert "\\" not in name
    assert ".." not in found.parts


def test_links_are_followed_and_may_not_lead_outside(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    (root / "in").mkdir(parents=True)
    outside.mkdir()
    (root / "out").symlink_to(outside)
    (root / "sibling").symlink_to(f"{root}x")
    (root / "good").symlink_to(root / "in")
    (root / "loop").symlink_to(root / "loop")
    assert inside(root, "good/a") == root.resolve() / "in" / "a"
    for name in ("out", "out/a", "sibling", "sibling/a"):
        with pytest.raises(PathRefused):
            inside(root, name)
    with pytest.raises(PathRefused):
        within(root / "out", [root])
    with pytest.raises(PathRefused):
        within(root / "loop", [root])


def test_a_path_lies_in_one_of_the_roots_or_nobody_learns_of_it(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    (one / "a").mkdir(parents=True)
    other.mkdir()
    (tmp_path / "onexyz").mkdir()
    assert within(f"{one}/../one/a", [other, one]) == (one / "a").resolve()
    assert within(one, [one]) == one.resolve()
    told = set()
    for path in ("onexyz", "nothing", "one/../onexyz", "one/nothing", "one/\0", "x" * 5000):
        with pytest.raises(PathRefused) as refused:
            within(f"{tmp_path}/{path}", [one, other])
        told.add(str(refused.value))
    assert len(told) == 1


def test_a_relative_path_is_no_way_around(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    os.mkdir("root")  # noqa: PTH102 - the relative form is the point
    with pytest.raises(PathRefused):
        within("..", [tmp_path / "root"])
    assert within("root", [tmp_path / "root"]) == (tmp_path / "root").resolve()


def test_names_are_checked_without_a_disk() -> None:
    check_name("a/b")
    with pytest.raises(PathRefused):
        check_name("a/../b")
