"""Lines that match: the same as Python finds, one at a time."""

import re
from math import inf
from time import monotonic

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.services.rag.texts import FileEntry
from app.services.search.errors import InvalidRegex
from app.services.search.syntax import scan as scanning
from app.services.search.syntax.expression import PROBE_LENGTH, literal_expression, regex_expression
from app.services.search.syntax.scan import matching_lines, scan
from app.services.search.syntax.shown import lines_around

ENTRY = FileEntry(1, "tree", "a.py", 1, b"", "python", 0)
TEXT = st.text(alphabet="ab_ é\n", max_size=80)


def lines(query: str, text: str, mode: str = "regex", **flags: bool) -> list[int]:
    make = regex_expression if mode == "regex" else literal_expression
    expression = make(query, case_sensitive=flags.get("case", True), whole_word=flags.get("word", False))
    return [number for number, _, _ in matching_lines(expression, text.encode(), inf)]


@given(query=st.text(alphabet="ab_ é", min_size=1, max_size=4), text=TEXT, block=st.integers(1, 20))
def test_literals_are_found_on_every_line_that_holds_them(query: str, text: str, block: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scanning, "BLOCK_BYTES", block)
        expected = [number for number, line in enumerate(text.split("\n"), 1) if query in line]
        assert lines(query, text, "literal") == expected


@given(query=st.text(alphabet="aB é", min_size=7, max_size=10), before=TEXT, after=TEXT, case=st.booleans())
def test_long_literals_are_found_in_spite_of_the_probe(query: str, before: str, after: str, case: bool) -> None:
    text = (before + (query if case else query.swapcase()) + after).encode()
    expression = literal_expression(query, case_sensitive=case, whole_word=False)
    assert (expression.probe is None) is (len(query) <= PROBE_LENGTH)
    assert scan(expression, [(ENTRY, text)], 1, inf).found


@given(query=st.sampled_from(["a", "b_", "é", "ab"]), text=TEXT)
def test_whole_words_know_all_letters(query: str, text: str) -> None:
    word = re.compile(rf"(?<!\w){re.escape(query)}(?!\w)")
    expected = [number for number, line in enumerate(text.split("\n"), 1) if word.search(line)]
    assert lines(query, text, "literal", word=True) == expected


@given(pattern=st.sampled_from(["^a", "b$", "a.b", "a+", r"a\s*b", "[^a]b", "^$", "é|b", "x*"]), text=TEXT)
def test_expressions_match_within_one_line(pattern: str, text: str) -> None:
    assume(text)
    rows = text.split("\n")
    rows = rows[:-1] if rows[-1] == "" else rows  # nothing stands behind the last line break
    assert lines(pattern, text) == [number for number, row in enumerate(rows, 1) if re.search(pattern, row)]


@pytest.mark.parametrize(
    ("query", "text", "sensitive", "found"),
    [
        ("straße", "STRASSE\nSTRAßE", None, [2]),
        ("Straße", "straße\nStraße", None, [2]),
        ("ÄRGER", "ärger", False, [1]),
        ("mask", "ma\N{LATIN SMALL LETTER LONG S}K", None, [1]),
        ("\N{FOX FACE}", "a \N{FOX FACE}", None, [1]),
        ("a.b", "axb\na.b", None, [2]),
    ],
)
def test_case_counts_when_it_is_said_or_typed(query: str, text: str, sensitive: bool | None, found: list[int]) -> None:
    expression = literal_expression(query, case_sensitive=sensitive, whole_word=False)
    assert [number for number, _, _ in matching_lines(expression, text.encode(), inf)] == found


def test_case_of_escapes_is_not_typed_case() -> None:
    expression = regex_expression(r"\Wfoo\B", case_sensitive=None, whole_word=False)
    assert [number for number, _, _ in matching_lines(expression, b" FOOx", inf)] == [1]


@pytest.mark.parametrize("pattern", ["(", "a**", r"a\nb", "a\nb", r"(?=x)", r"(a)\1", "[[:nope:]]", r"\pL{1000}"])
def test_what_cannot_be_searched_for_is_refused(pattern: str) -> None:
    with pytest.raises(InvalidRegex, match=r"^query: "):
        regex_expression(pattern, case_sensitive=None, whole_word=False)


def test_bombs_take_linear_time_and_the_clock_ends_the_rest() -> None:
    expression = regex_expression("(a+)+$", case_sensitive=None, whole_word=False)
    hostile = b"a" * 100_000 + b"b"
    assert list(matching_lines(expression, hostile, inf)) == []
    late = scan(expression, [(ENTRY, hostile)], 10, monotonic() - 1)
    assert (late.found, late.in_time) == ([], False)


def test_the_clock_ends_also_what_only_the_probe_looks_at() -> None:
    expression = literal_expression("a long literal", case_sensitive=None, whole_word=False)
    assert not scan(expression, [(ENTRY, b"nothing")] * 3, 10, monotonic() - 1).in_time


def test_it_stops_when_it_has_enough() -> None:
    expression = literal_expression("a", case_sensitive=None, whole_word=False)
    matches = scan(expression, [(ENTRY, b"a\n" * 50)] * 2, 60, inf)
    assert (len(matches.found), matches.enough, matches.in_time) == (60, True, True)


@given(text=TEXT, first=st.integers(1, 10), context=st.integers(0, 4))
def test_lines_around_are_those_of_the_text(text: str, first: int, context: int) -> None:
    rows = text.split("\n")
    assume(first <= len(rows))
    shown = lines_around(text.encode(), first, first, context).split("\n")
    assert shown[: len(rows)] == rows[max(first - 1 - context, 0) :][: len(shown)]
    assert len(shown) <= 2 * context + 1
