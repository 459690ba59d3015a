"""What a question asks for: its kind, its words with their weights, the names in it."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from app.services.rag.lexical import significant_words
from app.services.search.ranking.words import alike, name_words

_NAME = r"[^\W\d]\w*[?!]?"
_SEPARATOR = r"(?:::|->|\.|#|/|\\)"
_SYMBOL = re.compile(
    rf"{_NAME}(?:{_SEPARATOR}{_NAME})+(?:\(\))?"  # qualified: `Plug.Conn`, `Base::call`
    r"|[^\W\d]*_\w*(?:\(\))?"  # with an underscore
    r"|[^\W\d_]\w*[A-Z]\w*(?:\(\))?"  # with a capital within
    r"|[A-Z]\w*[?!]?(?:\(\))?"  # with a capital in front
    r"|\w+[?!]?\(\)"  # called
)
_EMBEDDED = re.compile(rf"{_NAME}(?:{_SEPARATOR}{_NAME})*")
_MARKED = re.compile(r"[a-z0-9][A-Z]|[A-Z][A-Z]+[a-z]|\w_\w|\w(?:::|\.)\w")
"""What a word of prose does not have: `toJson`, `HTTPServer`, `read_line`, `Plug.Conn`."""

_ASKS = re.compile(r"(?:how|what|when|where|which|who|why)\b", re.IGNORECASE)

MOST_WORDS = 32
"""Of a question that ranking looks at: it bounds the time, and a longer one is a pasted text."""


class QuestionKind(StrEnum):
    """How a question is put."""

    symbol = "symbol"
    words = "words"


@dataclass(frozen=True, slots=True)
class Question:
    """A question as ranking sees it.

    Attributes:
        text: As it was asked, in lower case.
        kind: A name that is looked up, or words.
        words: Stems and the share of the question's information that each carries; the shares add to 1.
        names: Names that were meant as such, each without what qualifies it.
        asks: Whether it is a sentence that asks (`how`, `where`), not a phrase that names what is looked for.
    """

    text: str
    kind: QuestionKind
    words: dict[str, float]
    names: tuple[str, ...]
    asks: bool = False
    _alike: dict[str, tuple[str, ...]] = field(default_factory=dict, compare=False, repr=False)

    def alike(self, part: str) -> tuple[str, ...]:
        """Return the words of the question that mean the same as a part of a name."""
        found = self._alike.get(part)
        if found is None:
            # Hundreds of paths are made of the same few words, and each is looked at once for a question.
            found = self._alike[part] = tuple(word for word in self.words if alike(word, part))
        return found

    def share(self, name: str) -> float:
        """Return the share of the question's information that the words of a name carry."""
        if self.kind is QuestionKind.symbol:
            return 1.0
        return sum(self.words.get(part, 0.0) for part in name_words(name))


def understand(query: str, rarity: Callable[[str], float]) -> Question:
    """Read a question; `rarity` gives the inverse document frequency of a stem, which is not negative."""
    text = query.strip()
    kept = significant_words(text)[:MOST_WORDS]
    stems = dict.fromkeys(part for word in kept for part in name_words(word))
    weights = {part: rarity(part) for part in stems}
    total = sum(weights.values())
    words = {part: weight / total for part, weight in weights.items()} if total else {}
    if _SYMBOL.fullmatch(text):
        return Question(text.lower(), QuestionKind.symbol, words, (_unqualified(text),))
    found = [name for name in _EMBEDDED.findall(text) if _MARKED.search(name)][:MOST_WORDS]
    names = tuple(dict.fromkeys(_unqualified(name) for name in found))
    return Question(text.lower(), QuestionKind.words, words, names, bool(_ASKS.match(text)))


def _unqualified(name: str) -> str:
    return re.split(_SEPARATOR, name.removesuffix("()"))[-1]
