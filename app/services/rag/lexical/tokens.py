"""Takes text into tokens that suit code as well as prose."""

import re
from functools import lru_cache
from itertools import chain

from app.services.rag.lexical.stem import stem
from app.services.rag.lexical.stop_words import STOP_WORDS

_WORD = re.compile(r"\w+")
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_A-Za-z]+")
_MIXED = re.compile(r"[^\W\d_]+|\d+")

_LONGEST_WORD = 100
"""Characters: longer runs are encoded data (base64, hashes), which nobody asks for by word."""


def tokens(text: str) -> list[str]:
    """Return the tokens of a text in order, with repetitions.

    A word is a run of letters, digits and underscores. Each gives itself, in lower case and stemmed, and
    where it is compound also its parts: `HTTPServer2Error` gives `httpserver2error`, `http`, `server`, `2`,
    `error`; `max_open_files` gives `max_open_files`, `max`, `open`, `file`. Dots and dashes end words, so that
    `os.path` gives `os` and `path`. Single letters stand only where they are a whole word.
    """
    return list(chain.from_iterable(map(_word_tokens, _WORD.findall(text))))


def query_tokens(query: str) -> list[str]:
    """Return the tokens of a query, of the same kind as `tokens`, each once.

    English stop words are left out where other words remain.
    """
    words = _WORD.findall(query)
    kept = [word for word in words if word.lower() not in STOP_WORDS] or words
    return list(dict.fromkeys(chain.from_iterable(map(_word_tokens, kept))))


@lru_cache(maxsize=1 << 17)
def _word_tokens(word: str) -> tuple[str, ...]:
    if len(word) > _LONGEST_WORD:
        return ()
    whole = word.lower()
    parts = _parts(word)
    if len(parts) < 2:
        return (_normal(parts[0] if parts else whole),)
    kept = [_normal(part) for part in parts if len(part) > 1 or part.isdigit()]
    return (whole.strip("_") or whole, *kept)
