"""Words of names and paths, and when two of them mean the same."""

import re
from functools import lru_cache
from math import ceil

from app.services.rag.lexical import stem

_PART = re.compile(r"[A-Z]{2,}s?(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\W\d_a-zA-Z]+")

_SAME_START = 5
"""Letters: words that agree in fewer are unrelated (`comment`, `common`)."""

_SAME_SHARE = 0.6
"""Of the longer word: `serialization` and `serializer` agree in 8 of 13 letters."""

_SHORTEST_START = 3
"""Letters of a word that may stand for a longer one: `dep`, `auth`, but not `do`."""

_SHORTEST_WITHIN = 4
"""Letters of a word that may stand within a longer one, as names are joined in some languages: `mediaproxy`."""


@lru_cache(maxsize=1 << 16)
def name_words(name: str) -> tuple[str, ...]:
    """Return the stems of the parts of a name, each once: `HTTPServers` and `http_server` give `http`, `server`."""
    return tuple(dict.fromkeys(stem(part.lower()) for part in _PART.findall(name)))


def alike(one: str, other: str) -> bool:
    """Whether two stems are forms of one word: one holds the other, or most of both is the same."""
    shorter, longer = (one, other) if len(one) <= len(other) else (other, one)
    if shorter in longer:
        shortest = _SHORTEST_START if longer.startswith(shorter) else _SHORTEST_WITHIN
        return len(shorter) >= shortest or shorter == longer
    same = max(_SAME_START, ceil(_SAME_SHARE * len(longer)))
    return len(shorter) >= same and shorter[:same] == longer[:same]


def joined(name: str) -> str:
    """Return a name without case and separators: `RateLimiter` and `rate_limiter` give `ratelimiter`."""
    return "".join(letter for letter in name.lower() if letter.isalnum())
