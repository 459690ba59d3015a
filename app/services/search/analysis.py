"""How a query is understood."""

import re
from typing import Literal

QueryKind = Literal["symbol", "phrase", "question", "regex", "pattern"]

_PATTERN = re.compile(r"\$\$\$|\$[A-Z_][A-Z0-9_]*\b")
_REGEX = re.compile(r"\\[wWdDsSbB.()\[\]]|\.[*+]|\[[^\]]+\][*+?]|\(\?|^\^|\w\$$|\([^)]*\|[^)]*\)")
_SYMBOL = re.compile(r"[\w$]+(?:(?:\.|::|->|#)[\w$]+)*(?:\(\))?")
_ASKING = frozenset(["how", "what", "where", "when", "why", "which", "who", "is", "are", "does", "do", "can", "should"])
QUESTION_WORDS = 6


def kind_of(query: str) -> QueryKind:
    """Return what a query looks like: a pattern, an expression, a name, a question, or some words."""
    words = query.split()
    if _PATTERN.search(query):
        return "pattern"
    if _REGEX.search(query):
        return "regex"
    if len(words) == 1 and _SYMBOL.fullmatch(query):
        return "symbol"
    if query.endswith("?") or words[0].lower() in _ASKING or len(words) >= QUESTION_WORDS:
        return "question"
    return "phrase"
