"""The first table: each word alone through MiniLM, then principal components and a weight by frequency."""

from collections import Counter
from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from app.services.rag.embedding.words import words_of
from scripts.embedding_training.teacher import Teacher

DIMENSION = 256
MAX_NEW_WORDS = 8_000
MIN_COUNT = 60
"""Of a word in the pairs, to be given a row of its own."""

SIF = 1e-4
"""The constant a of the smooth inverse frequency a / (a + p(word)), Arora et al. 2017."""


def words_in(pairs: Iterable[dict[str, str]]) -> Iterator[str]:
    """Yield every word of the pairs, in lower case."""
    for pair in pairs:
        yield from words_of(f"{pair['words']} {pair['symbol']} {pair['code']}".lower())


def vocabulary_of(teacher: dict[str, int], counts: Counter[str]) -> list[str]:
    """Return the tokens of the table: the letters and digits of the teacher's, then the words code often says."""
    kept = [token for token in teacher if token.removeprefix("##").isalnum()]
    new = [w for w, n in counts.most_common() if n >= MIN_COUNT and w not in teacher and w.isascii() and len(w) > 2]
    return ["[UNK]", *kept, *new[:MAX_NEW_WORDS]]


def distil(pairs: list[dict[str, str]], teacher: Teacher) -> tuple[list[str], NDArray[np.float32]]:
    """Return the tokens and their vectors (tokens x DIMENSION); that of `[UNK]` is zero."""
    counts = Counter(words_in(pairs))
    tokens = vocabulary_of(teacher.vocabulary, counts)
    vectors = teacher.embed_tokens(tokens[1:])
    vectors -= vectors.mean(axis=0)
    _, axes = np.linalg.eigh(np.cov(vectors.T))
    vectors = vectors @ axes[:, : -DIMENSION - 1 : -1]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    share = np.array([counts[token] + 1 for token in tokens[1:]]) / counts.total()
    vectors *= (SIF / (SIF + share))[:, np.newaxis]
    return tokens, np.vstack([np.zeros((1, DIMENSION)), vectors]).astype(np.float32)
