"""What is seldom meant by a question about code: tests, examples, generated files, prose."""

import re
from functools import lru_cache

from app.services.rag.chunking import modality_of
from app.services.rag.found import Candidate
from app.services.search.ranking.question import Question

_TEST = re.compile(
    r"(?:^|/)(?:tests?|__tests__|specs?|testing|testdata|fixtures?|[a-z]+Tests?|benchmarks?|bench|__mocks__|mocks?)/"
    r"|(?:^|/)(?:test_[^/]*|[^/]*[_.\-](?:test|spec|bench)s?\.[^/]+|[^/]*[a-z](?:Tests?|Spec|Suite)\.\w+|conftest\.py)$"
)
_EXAMPLE = re.compile(r"(?:^|/)(?:_?examples?|samples?|demos?|docs?_src|tutorials?)/", re.IGNORECASE)
_LEGACY = re.compile(r"(?:^|/)(?:_?compat|legacy|deprecated|old|v[0-9]+)(?:/|$)|deprecated", re.IGNORECASE)
_GENERATED = re.compile(
    r"(?:\.pb\.go|_pb2\.pyi?|\.g\.dart|[._]generated\.\w+|\.min\.\w+|\.d\.[cm]?ts)$|(?:^|/)(?:generated|vendor|third_party)/"
)
_PATHS = (
    ("test", _TEST, 0.3, re.compile(r"\btest|\bspec\b|\bmock|\bfixture|\bbench")),
    ("example", _EXAMPLE, 0.3, re.compile(r"\bexample|\bsample|\bdemo|\btutorial")),
    ("legacy", _LEGACY, 0.5, re.compile(r"\bv\d|legacy|\bcompat|deprecat|\bold\b")),
    ("generated", _GENERATED, 0.5, re.compile(r"generated|vendored|\.d\.ts")),
)
"""Name, paths, factor, and the questions that mean just those: then nothing is taken off. Of two versions kept side by
side (`v3/`, `v4/`) both are numbered and lose the same, so a question without a number meets neither first."""

_DOCS = 0.3
_DATA = 0.5
_DATA_LANGUAGES = frozenset(("json", "yaml", "toml", "xml", "csv", "ini", "html", "css", "scss", "less", "sass"))
_ASKS_DOCS = re.compile(r"readme|changelog|\bdocument|\bdocs?\b|\bguide\b|\bmanual\b|\blicen[cs]e\b")
_ASKS_DATA = re.compile(r"\b(?:json|yaml|toml|xml|csv|ini|html|css|scss|template|style|schema|config)", re.IGNORECASE)

_BARREL = 0.7
"""A chunk without a definition in a file that is there to pass on the names of others."""
_BARRELS = re.compile(r"(?:^|/)(?:__init__\.pyi?|index\.[cm]?[jt]sx?|mod\.rs|lib\.rs|package-info\.java)$")


@lru_cache(maxsize=1 << 15)
def _of_path(path: str) -> tuple[tuple[str, float, re.Pattern[str]], ...]:
    return tuple((name, factor, meant) for name, paths, factor, meant in _PATHS if paths.search(path))


def is_code(candidate: Candidate) -> bool:
    """Whether a candidate is neither prose nor data."""
    return modality_of(candidate.language) != "docs" and candidate.language not in _DATA_LANGUAGES


def penalties(question: Question, candidate: Candidate, *, code_answers: bool) -> dict[str, float]:
    """Return the factors below 1 of a candidate, by name.

    Args:
        question: What is asked.
        candidate: A chunk.
        code_answers: Whether code speaks of it too. If only prose or data do, nothing is taken off them.
    """
    factors = {name: factor for name, factor, meant in _of_path(candidate.path) if not meant.search(question.text)}
    if is_code(candidate):
        if not candidate.defines and _BARRELS.search(candidate.path):
            factors["barrel"] = _BARREL
    elif modality_of(candidate.language) == "docs":
        if code_answers and not _ASKS_DOCS.search(question.text):
            factors["docs"] = _DOCS
    elif code_answers and not _ASKS_DATA.search(question.text):
        factors["data"] = _DATA
    return factors
