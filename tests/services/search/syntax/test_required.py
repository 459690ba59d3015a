"""What an expression requires: never more than each of its matches holds."""

import re

import pytest
import re2
from hypothesis import assume, example, given
from hypothesis import strategies as st

from app.services.search.syntax.required import DEEPEST, required_literals


@pytest.mark.parametrize(
    ("pattern", "groups"),
    [
        ("token", [("token",)]),
        (r"def \w+_token\(", [("def ",), ("_token(",)]),
        ("(foo|barbaz)qux", [("foo", "barbaz"), ("qux",)]),
        ("(foo|.*)qux", [("qux",)]),
        ("ab+c", [("ab",), ("bc",)]),
        ("ab*c", [("a",), ("c",)]),
        ("(abc)?d", [("d",)]),
        ("(abc){2,3}d", [("abc",), ("d",)]),
        ("a{0,2}b", [("b",)]),
        (r"\bfoo\b\.bar$", [("foo.bar",)]),
        (r"[[:alpha:]_]x[^]a]y", [("x",), ("y",)]),
        (r"\Qa.b\E*c", [("a.",), ("c",)]),
        (r"\x41\x{42}\103", [("ABC",)]),
        (r"\pLx\p{Greek}", [("x",)]),
        ("(?P<name>abc)(?:def)(?s:ghi)", [("abc",), ("def",), ("ghi",)]),
        ("a{x}", [("a{x}",)]),
        (".*", []),
        ("", []),
        ("a|", []),
        ("(" * (DEEPEST + 2) + "x" + ")" * (DEEPEST + 2), []),
        ("abc" + "(" * (DEEPEST + 2) + "x" + ")" * (DEEPEST + 2) + "|z", []),
    ],
)
def test_literals_are_read(pattern: str, groups: list[tuple[str, ...]]) -> None:
    re2.compile(pattern)
    assert list(required_literals(pattern).groups) == groups


def test_a_flag_within_is_noticed() -> None:
    assert required_literals("(?i)abc").ignores_case
    assert required_literals("x(?i:abc)").ignores_case
    assert not required_literals("(?s)abc").ignores_case


ATOMS = st.sampled_from(
    ["a", "b", "ab", ".", r"\w", r"\.", "[ab]", "[^a]", r"\x61", r"\Qa.\E", r"\b", "^", "$", r"\pL", "é", "{", "}"]
)
PATTERNS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=4).map("".join),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: f"({'|'.join(parts)})"),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{2}", "{0,1}", "+?", "{1}"])).map(
            lambda pair: f"(?:{pair[0]}){pair[1]}"
        ),
        st.tuples(st.sampled_from("ab."), st.sampled_from(["*", "+", "?", "{2,}", "{0}"])).map("".join),
    ),
    max_leaves=12,
)


@given(PATTERNS, st.text(alphabet="aab.é{}\n ", max_size=30))
@example("a|", "")
def test_what_matches_holds_what_is_required(pattern: str, text: str) -> None:
    try:
        found = re2.search(pattern, text)
    except re2.error:
        assume(False)
    assume(found)
    for group in required_literals(pattern).groups:
        assert any(literal in text for literal in group), (pattern, text, group)


@given(st.text(max_size=40))
def test_a_quoted_text_requires_itself(text: str) -> None:
    assume("\0" not in text)
    required = required_literals(re2.escape(text)).groups
    assert "".join(literal for group in required for literal in group) == text, re.escape(text)
