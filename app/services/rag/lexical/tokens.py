"""Takes text into tokens that suit code as well as prose."""

import re
from functools import lru_cache
from itertools import chain

from app.services.rag.lexical.stem import stem
from app.services.rag.lexical.stop_words import STOP_WORDS

_WORD = re.compile(r"\w+")
_ASCII_PART = re.compile(r"[A-Z]{2,}s(?![a-z])|[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_PART = re.compile(r"[^\W\d_]+|\d+")
_LONGEST_WORD = 100
"""Characters: longer runs are encoded data (base64, hashes), which nobody asks for by word."""


def tokens(text: str) -> list[str]:
    """Return the tokens of a text in order, with repetitions.

    A word is a run of letters, digits and underscores. A simple one gives its stem. A compound one gives
    itself in lower case, without outer underscores, and the stems of its parts: `HTTPServer2Error` gives
    `httpserver2error`, `http`, `server`, `2`, `error`; `max_open_files` gives `max_open_files`, `max`,
    `open`, `file`. Dots and dashes end words: `os.path` gives `os`, `path`. A single letter counts only
    as a whole word.
    """
    return list(chain.from_iterable(map(word_tokens, words(text))))


def query_tokens(query: str) -> list[str]:
    """Return the tokens of a query, of the same kind as those of `tokens`, each once.

    English stop words are left out where other words remain.
    """
    return list(dict.fromkeys(chain.from_iterable(map(word_tokens, significant_words(query)))))


def significant_words(query: str) -> list[str]:
    """Return the words of a query without English stop words; all of them where no other word remains."""
    every = words(query)
    return [word for word in every if word.lower() not in STOP_WORDS] or every


def words(text: str) -> list[str]:
    """Return the words of a text in order: runs of letters, digits and underscores."""
    return _WORD.findall(text)


@lru_cache(maxsize=1 << 17)
def word_tokens(word: str) -> tuple[str, ...]:
    """Return the tokens of one word (see `tokens`)."""
    if len(word) > _LONGEST_WORD:
        return ()
    parts = (_ASCII_PART if word.isascii() else _PART).findall(word)
    if len(parts) < 2:
        return tuple(stem(part.lower()) for part in parts)
    stems = [stem(part.lower()) for part in parts if len(part) > 1 or not part.isascii() or part.isdigit()]
    return (word.strip("_").lower(), *stems)
