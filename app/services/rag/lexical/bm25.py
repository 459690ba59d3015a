"""BM25 as a product of two sparse vectors, so that an index of vectors can rank by it."""

import math
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache

from app.services.rag.lexical.terms import term_id
from app.services.rag.lexical.tokens import query_tokens, word_tokens, words

_K1 = 1.2
_B = 0.75
"""The usual values: S. Robertson and H. Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond",
Foundations and Trends in Information Retrieval 3(4), 2009, section 3.5."""

MEAN_LENGTH = 140
"""Tokens of a mean chunk, measured over 10,569 chunks: every third file of the standard library of Python 3.11.
It is fixed because the mean of the index moves with every file, and every stored vector would be stale."""

_PATH_WEIGHT = 2
_SYMBOL_WEIGHT = 4
"""Occurrences in the body that one in the path or the symbol is worth: the fields are weighted before
saturation, as in BM25F (Robertson and Zaragoza 2009, section 3.6)."""

MAXIMUM_TERMS = 4000
"""Terms kept for a chunk; sparsevec takes 16,000. A chunk of the chunker has a few hundred."""


@lru_cache(maxsize=1 << 17)
def word_terms(word: str) -> tuple[int, ...]:
    """Return the term ids of a word's tokens."""
    return tuple(map(term_id, word_tokens(word)))


def document_vector(text: str, path: str, symbol: str | None) -> dict[int, float]:
    """Return the document side of BM25 for a chunk: term id to saturated, length-normalised weight.

    A weight is tf * (k1 + 1) / (tf + k1 * (1 - b + b * length / mean)), where tf adds the occurrences in the
    text, the path and the symbol by their weights and length counts the tokens of the text.
    """
    frequency: dict[int, int] = {}
    length = _add(frequency, text, 1)
    _add(frequency, path, _PATH_WEIGHT)
    _add(frequency, symbol or "", _SYMBOL_WEIGHT)
    norm = _K1 * (1 - _B + _B * length / MEAN_LENGTH)
    kept = Counter(frequency).most_common(MAXIMUM_TERMS) if len(frequency) > MAXIMUM_TERMS else frequency.items()
    return {term: tf * (_K1 + 1) / (tf + norm) for term, tf in kept}


def _add(frequency: dict[int, int], text: str, weight: int) -> int:
    """Count the terms of a text `weight` times each, and return how many tokens it has.

    Words are counted before they are taken apart: a chunk repeats half of its words.
    """
    length = 0
    for word, times in Counter(words(text)).items():
        terms = word_terms(word)
        length += times * len(terms)
        for term in terms:
            frequency[term] = frequency.get(term, 0) + times * weight
    return length


def query_vector(query: str, documents_total: int, document_frequency: Mapping[int, int]) -> dict[int, float]:
    """Return the query side of BM25: term id to inverse document frequency.

    It is ln(1 + (N - df + 0.5) / (df + 0.5)): the Robertson and Sparck Jones weight with the 1 that Lucene
    adds so that no term counts against a document. The dot product with a document vector is its score.

    Args:
        query: Words as a person typed them.
        documents_total: Chunks in the index, N.
        document_frequency: Term id to the number of chunks that hold it, df; 0 for those missing.
    """
    terms = dict.fromkeys(map(term_id, query_tokens(query)))
    return {term: inverse_frequency(documents_total, document_frequency.get(term, 0)) for term in terms}


def inverse_frequency(documents_total: int, frequency: int) -> float:
    """Return the inverse document frequency of a term that occurs in `frequency` of the documents."""
    others = max(documents_total - frequency, 0)
    return math.log1p((others + 0.5) / (frequency + 0.5))
