"""Structural patterns: which languages have them, and what a text must hold to be parsed."""

import re

import re2

from app.services.rag.chunking import language_of
from app.services.rag.texts import Needs
from app.services.search.errors import UnknownLanguage

GRAMMARS = {
    "c": "c",
    "cpp": "cpp",
    "csharp": "csharp",
    "css": "css",
    "elixir": "elixir",
    "go": "go",
    "haskell": "haskell",
    "hcl": "hcl",
    "html": "html",
    "java": "java",
    "javascript": "javascript",
    "json": "json",
    "kotlin": "kotlin",
    "lua": "lua",
    "nix": "nix",
    "php": "php",
    "python": "python",
    "ruby": "ruby",
    "rust": "rust",
    "scala": "scala",
    "shell": "bash",
    "solidity": "solidity",
    "swift": "swift",
    "tsx": "tsx",
    "typescript": "typescript",
    "yaml": "yaml",
}
"""Our name of a language to that of ast-grep 0.51, which panics at any other."""

METAVARIABLE = re.compile(r"\$\$\$[A-Z_0-9]*|\$\$?[A-Z_][A-Z_0-9]*")
_WORD = re.compile(r"\w{3,}")

_CHAIN = re.compile(
    r"(?<![\w$.:>])[A-Za-z_]\w*(?:(?:\.|::|->)[A-Za-z_]\w*)+\(?|(?<![\w$.:>])[A-Za-z_]\w{2,}\(", re.ASCII
)
"""Names joined to each other, or to the parenthesis of a call: no grammar lets another word stand between those."""

_LINK = re.compile(r"\w+|\.|::|->|\(")
_COMMENT = r"#[^\n]*\n|//[^\n]*\n|/\*(?:[^*]|\*+[^*/])*\*+/"
_GAP = rf"(?:[\s\\?!]|{_COMMENT})*"
_BETWEEN = rf"(?:\W|{_COMMENT})*(?:[A-Za-z]+(?:\W|{_COMMENT})*){{0,2}}"
MOST_RUNS = 4
"""Runs of a pattern that texts are searched for; each costs 3 to 17 ms for 10 MB, parsing those 1,150 ms."""

_OTHER_COMMENTS = frozenset({"haskell", "html", "lua"})


def languages_of_pattern(language: str | None, languages: list[str], paths: list[str]) -> list[str]:
    """Return the languages a pattern is read in: the one that is named, or those of the filters.

    Raises:
        UnknownLanguage: None is named, or one without patterns.
    """
    named = [language.lower()] if language else [name.lower() for name in languages]
    if not named:
        of_paths = (language_of(path.rpartition("/")[2].replace("*", "x")) for path in paths)
        named = sorted({name for name in of_paths if name in GRAMMARS})
    if not named:
        raise UnknownLanguage(f"language: name the language of the pattern, one of {', '.join(GRAMMARS)}.")
    if unknown := [name for name in named if name not in GRAMMARS]:
        raise UnknownLanguage(f"language: there are no patterns in {unknown[0]!r}, but in {', '.join(GRAMMARS)}.")
    return named


def needs_of_pattern(pattern: str) -> Needs:
    """Return the words of a pattern: a leaf of it matches its own text only."""
    return [(word.encode(),) for part in METAVARIABLE.split(pattern) for word in _WORD.findall(part)]


def sketches(pattern: str, language: str, runs: list[list[str]]) -> list[str]:
    """Return expressions (RE2's syntax) that a text matches wherever the pattern does.

    One for each chain of names: of `re.compile($X)` that is `re`, `.`, `compile`, `(` with nothing but white space and
    comments between, which a tenth of the files that hold both words have. And one for each of the `runs` of the
    pattern (see `runs`): of `isinstance($X, (str, bytes))` that is `str`, `bytes` with nothing between but signs,
    comments and two keywords; 23 of the 210 files of the standard library of Python that call `isinstance` and hold
    both words. Parsing is what costs.
    """
    if language in _OTHER_COMMENTS:
        return []
    chains = [chain for part in METAVARIABLE.split(pattern) for chain in _CHAIN.findall(part)]
    chained = [f"\\b{_GAP.join(map(re.escape, _LINK.findall(chain)))}" for chain in chains]
    side_by_side = [_BETWEEN.join(map(whole, run)) for run in runs[:MOST_RUNS]]
    return list(dict.fromkeys(chained + side_by_side))


def whole(leaf: str) -> str:
    """Return the expression of a leaf that is not part of a longer word."""
    return re.sub(r"^\b|\b$", r"\\b", re2.escape(leaf), flags=re.ASCII)


def metavariables(pattern: str) -> list[str]:
    """Return the metavariables of a pattern that have a name, each once, as they are written."""
    return list(dict.fromkeys(name for name in METAVARIABLE.findall(pattern) if name.strip("$_")))
