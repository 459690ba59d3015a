"""Expressions, patterns and globs that would keep a backtracking engine busy for years."""

from collections.abc import Iterator
from urllib.parse import quote

from tests.hostile.attack import Attack, Scene, http, sent_json

BOMBS = {
    "(a+)+$": 200,
    "(a|a)*b": 200,
    "(a|aa)+$": 200,
    "(.*)*x": 200,
    "(.*a){20}": 200,
    "^(([a-z])+.)+[A-Z]([a-z])+$": 200,
    "(x+x+)+y": 200,
    "a{0,1000}": 200,
    ".*.*.*.*.*.*=.*": 200,
    "(\\w+\\s?)*$": 200,
    "[a-z]*[a-z]*[a-z]*[a-z]*$": 200,
    "((a{0,5}){0,5}){0,5}": 200,
    "(?:(?:(?:a*)*)*)*b": 200,
    "a{1000000}": 422,
    "(a{1000}){1000}": 422,
    "((a{100}){100}){100}": 422,
    "x{1001}": 422,
    "(?=a)b": 422,
    "(?<=a)b": 422,
    "(a)\\1": 422,
    "(?P<n>a)(?P=n)": 422,
    "(?R)": 422,
    "(?>a+)b": 422,
    "a++": 422,
    "(": 422,
    "[": 422,
    "*": 422,
    "a\\": 422,
    "(?i": 422,
    "[z-a]": 422,
    "\\p{Nothing}": 422,
    "(" * 500: 422,
    "(" * 900 + ")" * 900: 200,
    "[[:nothing:]]": 422,
    "\\8": 422,
}
"""RE2 knows no backtracking: what it takes it answers in linear time, the rest it refuses."""

STRUCTURES = (
    "(" * 1000,
    "{" * 1000,
    "$" * 1000,
    "$A " * 600,
    "def $F(" + "$$$, " * 300 + ")",
    "\u0000x",
    "'" * 999,
    "$$$",
)
GLOBS = (
    "*" * 1000,
    "**/" * 300 + "x",
    "[" * 500,
    "{a,b}" * 150,
    "?" * 1000,
    "[!" + "a" * 900 + "]",
    "../**",
    "/etc/**",
    "a\\",
    "[z-a]",
)


def attacks(_: Scene) -> Iterator[Attack]:
    """Yield them."""
    for pattern, status in BOMBS.items():
        target = f"/api/search/syntax?mode=regex&q={quote(pattern)}"
        code = None if status == 200 else "invalid_regex"
        yield Attack(f"expression {pattern[:40]}", http("GET", target), (status,), code)
    for pattern in STRUCTURES:
        target = f"/api/search/syntax?mode=pattern&language=python&q={quote(pattern)}"
        yield Attack(f"pattern {pattern[:20]!a}", http("GET", target), (200, 422))
    for glob in GLOBS:
        for kind in ("hybrid", "syntax"):
            yield Attack(
                f"glob {glob[:20]} in {kind}", http("GET", f"/api/search/{kind}?q=a&paths={quote(glob)}"), (200, 422)
            )
    yield Attack(
        "51 globs", sent_json("POST", "/api/search/hybrid", {"q": "a", "paths": ["*"] * 51}), (422,), "invalid_input"
    )
    yield Attack("an unknown language", http("GET", "/api/search/syntax?mode=pattern&language=klingon&q=a"), (422,))
