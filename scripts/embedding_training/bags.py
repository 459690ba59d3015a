"""Texts as bags of rows, the way the embedding reads them, in flat arrays that a matrix library can take."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from app.services.rag.embedding.words import words_of


@dataclass(frozen=True, slots=True)
class Bags:
    """Many texts: text i holds `rows[starts[i]:starts[i + 1]]`, each with the root of how often it is said."""

    rows: NDArray[np.int32]
    weights: NDArray[np.float32]
    starts: NDArray[np.int64]

    def take(self, chosen: NDArray[np.int64]) -> "Bags":
        """Return the bags of the chosen texts, in that order."""
        lengths = self.starts[chosen + 1] - self.starts[chosen]
        starts = np.concatenate([[0], np.cumsum(lengths)])
        at = np.arange(starts[-1]) + np.repeat(self.starts[chosen] - starts[:-1], lengths)
        return Bags(self.rows[at], self.weights[at], starts)

    def owners(self) -> NDArray[np.int64]:
        """Return for each row the number of the text that holds it."""
        return np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))


def reader(tokenizer: Tokenizer) -> Callable[[str], list[int]]:
    """Return a function from a word in lower case to its rows."""
    known: dict[str, list[int]] = {}

    def rows(word: str) -> list[int]:
        if word not in known:
            known[word] = tokenizer.encode(word, add_special_tokens=False).ids
        return known[word]

    return rows


def bags_of(texts: Iterable[str], rows_of: Callable[[str], list[int]]) -> Bags:
    """Read texts into bags."""
    rows: list[int] = []
    weights: list[float] = []
    starts = [0]
    for text in texts:
        for word, count in Counter(map(str.lower, words_of(text))).items():
            pieces = rows_of(word)
            rows.extend(pieces)
            weights.extend([count**0.5] * len(pieces))
        starts.append(len(rows))
    return Bags(np.array(rows, np.int32), np.array(weights, np.float32), np.array(starts, np.int64))
