"""Which mode of syntax search suits a query."""

import re

from app.services.search.ranking import QuestionKind
from app.services.search.syntax.schemas import Mode

_PATTERN = re.compile(r"\$\$\$|\$[A-Z_][A-Z0-9_]*\b")
_REGEX = re.compile(r"\\[wWdDsSbB.()\[\]]|\.[*+]|\[[^\]]+\][*+?]|\(\?|^\^|\w\$$|\([^)]*\|[^)]*\)")


def mode_of(query: str, kind: QuestionKind) -> Mode:
    """Return the mode for a query that ranking reads as `kind`."""
    if _PATTERN.search(query):
        return "pattern"
    if _REGEX.search(query):
        return "regex"
    return "symbol" if kind is QuestionKind.symbol else "literal"
