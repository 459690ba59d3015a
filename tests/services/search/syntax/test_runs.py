"""What a text must hold to be parsed for a pattern: never more than each text that matches holds."""

import pytest
import re2
from ast_grep_py import SgRoot
from hypothesis import event, given, settings
from hypothesis import strategies as st

from app.services.search.syntax.runs import MOST_LEAVES, runs
from app.services.search.syntax.structure import GRAMMARS, sketches


def promising(pattern: str, language: str, text: str) -> bool:
    found = sketches(pattern, language, runs(pattern, GRAMMARS[language]))
    return all(re2.search(sketch, text) for sketch in found)


def matches(pattern: str, language: str, text: str) -> bool:
    return SgRoot(text, GRAMMARS[language]).root().find(pattern=pattern) is not None


@pytest.mark.parametrize(
    ("pattern", "grammar", "expected"),
    [
        ("isinstance($X, (str, bytes))", "python", [["isinstance", "("], [",", "(", "str", ",", "bytes", ")"]]),
        ("f($$$A, b, $$$C)", "python", []),
        ("f(a, $$$B, c)", "python", [["f", "(", "a"], ["c", ")"]]),
        ("x == y and z", "python", [["x", "==", "y"], ["and", "z"]]),
        ("import a.b, c", "python", [["import", "a", ".", "b"], [",", "c"]]),
        ('$X == "a b"', "go", [["==", '"', "a b", '"']]),
        ("f($A, {a: 1})", "typescript", [["f", "("], [",", "{", "a", ":", "1"]]),
        ("f(1, 2)", "lua", []),
        ("f(1, (", "python", []),
        ("[" * 900, "python", []),
    ],
)
def test_leaves_stand_side_by_side_where_nothing_named_may_come_between(
    pattern: str, grammar: str, expected: list[list[str]]
) -> None:
    assert runs(pattern, grammar) == expected


def test_a_run_is_short_however_long_the_pattern() -> None:
    assert max(map(len, runs(f"f({'1, ' * 200})", "python"))) == MOST_LEAVES


@pytest.mark.parametrize(
    ("pattern", "language", "text", "worth"),
    [
        ("re.compile($X)", "python", "re.compile(1)", True),
        ("re.compile($X)", "python", "(re\n  # why\n  . compile \\\n (1))", True),
        ("re.compile($X)", "python", "pre.compile(1)", False),
        ("re.compile($X)", "python", "re.sub(compile(1))", False),
        ("a->b::c($X)", "cpp", "a /* x **/ -> b // y\n::c(1)", True),
        ("$A.reduce($B)", "typescript", "items.reduce(add)", True),
        ("raise Wrong", "python", "raise Right", False),
        ("f.g($X)", "lua", "f --[[ x ]] .g(1)", True),
        ("isinstance($X, (str, bytes))", "python", "isinstance(x, (str, # text or data\n bytes))", True),
        ("isinstance($X, (str, bytes))", "python", "isinstance(x, (bytes, str))", False),
        ("isinstance($X, (str, bytes))", "python", "isinstance(x, int) # str, bytes", False),
        ("def f($$$A): $$$B", "python", "async def f(): pass", True),
        ("f($$$A, last)", "python", "f(last)", True),
        ("import os", "python", "import os, sys", True),
        ("[a == b, c]", "python", "[a == b != d, c]", True),
        ("assert $A == None", "python", "assert x == None, 'why'", True),
    ],
)
def test_texts_that_cannot_match_are_not_worth_parsing(pattern: str, language: str, text: str, worth: bool) -> None:
    assert promising(pattern, language, text) is worth


PLAIN = st.sampled_from(
    [
        "f ( a , b )",
        "x = [ a == b , c ]",
        "import a , b",
        "assert a , b",
        "( a , f ( b , 'c d' ) ) == d",
        "not a and b or c",
        "def f ( a , b ) : return b",
        "class a ( b ) : x = c",
        "lambda a , b : c",
        "a . b ( c = 1 , ** d )",
        "{ a : b , 'c' : d }",
        "x = a if b else c",
        "for a in b : c ( d )",
    ]
)
MORE = st.sampled_from([" \\\n ", " , ", " != c ", ", d", " , e, ", " or f ", " # z\n", " . g", " = c ", " as h "])


@settings(max_examples=400)
@given(PLAIN, st.sampled_from(["$A", "$$$A"]), st.data())
def test_what_matches_is_worth_parsing(plain: str, wild: str, data: st.DataObject) -> None:
    tokens = plain.split()
    place = data.draw(st.integers(0, len(tokens)))
    pattern = " ".join([wild if number == place else token for number, token in enumerate(tokens)])
    prefix = data.draw(st.sampled_from(["", "async ", "await ", "("]))
    more = data.draw(st.dictionaries(st.integers(0, len(tokens) - 1), MORE, max_size=2))
    text = prefix + "".join(token + more.get(number, " ") for number, token in enumerate(tokens))
    try:
        found = matches(pattern, "python", text)
    except RuntimeError:  # the metavariable made it no pattern
        found = False
    event(f"matches: {found}")
    assert not found or promising(pattern, "python", text)
