"""What is seldom meant by a question about code: tests, examples, generated files, prose."""

import re
from collections.abc import Iterable
from functools import lru_cache

from app.services.rag.chunking import modality_of
from app.services.rag.found import Candidate
from app.services.search.ranking.question import Question

_TEST = re.compile(
    r"(?:^|/)(?:tests?|__tests__|specs?|testing|testdata|fixtures?|[a-z]+Tests?|benchmarks?|bench|__mocks__|mocks?)/"
    r"|(?:^|/)(?:test_[^/]*|[^/]*[_.\-](?:test|spec|bench)s?\.[^/]+|[^/]*[a-z](?:Tests?|Spec|Suite)\.\w+|conftest\.py)$"
)
_EXAMPLE = re.compile(r"(?:^|/)(?:_?examples?|samples?|demos?|docs?_src|tutorials?)/", re.IGNORECASE)
_LEGACY = re.compile(r"(?:^|/)(?:_?compat|legacy|deprecated|old)(?:/|$)|deprecated", re.IGNORECASE)
_MIGRATION = re.compile(r"(?:^|/)migrations?/")
_GENERATED = re.compile(
    r"(?:\.pb\.go|_pb2\.pyi?|\.g\.dart|[._]generated\.\w+|\.min\.\w+|\.d\.[cm]?ts)$|(?:^|/)(?:generated|vendor|third_party)/"
)
_PATHS = (
    ("test", _TEST, 0.3, re.compile(r"\btest|\bspec\b|\bmock|\bfixture|\bbench")),
    ("example", _EXAMPLE, 0.3, re.compile(r"\bexample|\bsample|\bdemo|\btutorial")),
    ("legacy", _LEGACY, 0.5, re.compile(r"legacy|\bcompat|deprecat|\bold\b")),
    ("migration", _MIGRATION, 0.5, re.compile(r"\bmigrat|\bschema")),
    ("generated", _GENERATED, 0.5, re.compile(r"generated|vendored|\.d\.ts")),
)
"""Name, paths, factor, and the questions that mean just those: then nothing is taken off."""

SUPERSEDED = 0.5
"""A version that is kept beside a newer one (`v3/` beside `v4/`)."""
_VERSION = re.compile(r"(?:^|/)v(\d{1,4})(?=/)")
_ASKS_VERSION = re.compile(r"\bv\d")

_DOCS = 0.3
_DATA = 0.5
_TEXT = re.compile(r"(?:\.txt|/[^.]+|^[^.]+)$")
_DATA_LANGUAGES = frozenset(("json", "yaml", "toml", "xml", "csv", "ini", "html", "css", "scss", "less", "sass"))
_ASKS_DOCS = re.compile(r"readme|changelog|\bdocument|\bdocs?\b|\bguide\b|\bmanual\b|\blicen[cs]e\b")
_ASKS_DATA = re.compile(r"\b(?:json|yaml|toml|xml|csv|ini|html|css|scss|template|style|schema|config)", re.IGNORECASE)

_BARREL = 0.7
"""A chunk without a definition in a file that is there to pass on the names of others."""
_BARRELS = re.compile(r"(?:^|/)(?:__init__\.pyi?|index\.[cm]?[jt]sx?|mod\.rs|lib\.rs|package-info\.java)$")


@lru_cache(maxsize=1 << 15)
def _of_path(path: str) -> tuple[tuple[str, float, re.Pattern[str]], ...]:
    return tuple((name, factor, meant) for name, paths, factor, meant in _PATHS if paths.search(path))


def superseded(question: Question, candidates: Iterable[Candidate]) -> set[int]:
    """Return the files in a folder of a version beside which another candidate stands in that of a newer one."""
    if _ASKS_VERSION.search(question.text):
        return set()
    versions = [
        (item.path[: found.start()], int(found[1]), item.file_id)
        for item in candidates
        if (found := _VERSION.search(item.path))
    ]
    newest: dict[str, int] = {}
    for folder, number, _ in versions:
        newest[folder] = max(number, newest.get(folder, number))
    return {file for folder, number, file in versions if number < newest[folder]}


def is_code(candidate: Candidate) -> bool:
    """Whether a candidate is neither prose nor data."""
    return _is_code(candidate.language, candidate.path)


@lru_cache(maxsize=1 << 15)
def _is_code(language: str, path: str) -> bool:
    return not _is_prose(language, path) and language not in _DATA_LANGUAGES


def _is_prose(language: str, path: str) -> bool:
    """A file of an unknown language counts as text, but seldom is."""
    known = language != "text" or _TEXT.search(path)
    return bool(known) and modality_of(language) == "docs"


def path_penalties(question: Question, path: str) -> dict[str, float]:
    """Return the factors below 1 of a path, by name."""
    return {name: factor for name, factor, meant in _of_path(path) if not meant.search(question.text)}


def penalties(question: Question, candidate: Candidate, *, code_answers: bool) -> dict[str, float]:
    """Return the factors below 1 of what a candidate is, by name.

    Args:
        question: What is asked.
        candidate: A chunk.
        code_answers: Whether code speaks of it too. If only prose or data do, nothing is taken off them.
    """
    if is_code(candidate):
        barrel = not candidate.defines and _BARRELS.search(candidate.path)
        return {"barrel": _BARREL} if barrel else {}
    if not code_answers:
        return {}
    if _is_prose(candidate.language, candidate.path):
        return {} if _ASKS_DOCS.search(question.text) else {"docs": _DOCS}
    return {} if _ASKS_DATA.search(question.text) else {"data": _DATA}
