import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.rag.lexical import DIMENSION, document_vector, query_vector, term_id
from app.services.rag.lexical.bm25 import MAXIMUM_TERMS, MEAN_LENGTH


def score(document: dict[int, float], query: dict[int, float]) -> float:
    return sum(weight * document.get(term, 0.0) for term, weight in query.items())


def test_term_ids_never_change() -> None:
    assert term_id("registry") == 450_346_762
    assert term_id("") == 0


@given(st.text())
def test_term_ids_fit_the_index(token: str) -> None:
    assert 0 <= term_id(token) < DIMENSION
    assert term_id(token) == term_id(token)


def test_a_document_of_mean_length_has_the_textbook_weight() -> None:
    text = " ".join(["needle"] * 3 + ["hay"] * (MEAN_LENGTH - 3))
    vector = document_vector(text, "", None)
    assert vector[term_id("needl")] == pytest.approx(3 * 2.2 / (3 + 1.2))


def test_longer_documents_weigh_a_word_less() -> None:
    short = document_vector("needle hay", "", None)
    long = document_vector("needle " + "hay " * 300, "", None)
    assert short[term_id("needl")] > long[term_id("needl")]


def test_symbol_and_path_count_more_than_the_text() -> None:
    query = query_vector("registry", 10, {})
    plain = score(document_vector("the registry starts", "a.py", None), query)
    by_path = score(document_vector("the registry starts", "core/registry.py", None), query)
    by_symbol = score(document_vector("the registry starts", "a.py", "Registry.start"), query)
    assert plain < by_path < by_symbol


def test_rare_words_weigh_more_and_none_counts_against() -> None:
    common, rare = term_id("self"), term_id("galaxy")
    vector = query_vector("self galaxy", 1000, {common: 1000, rare: 1})
    assert vector[rare] == pytest.approx(math.log(1 + 999.5 / 1.5))
    assert 0 < vector[common] < vector[rare]


def test_an_outdated_count_does_not_fail() -> None:
    assert query_vector("word", 0, {term_id("word"): 5})[term_id("word")] > 0


def test_terms_are_bounded_and_the_frequent_ones_stay() -> None:
    text = "needle needle " + " ".join(f"w{index}" for index in range(MAXIMUM_TERMS * 2))
    vector = document_vector(text, "", None)
    assert len(vector) <= MAXIMUM_TERMS
    assert term_id("needl") in vector


@given(st.text(max_size=300), st.text(max_size=30))
def test_weights_are_positive_and_saturate(text: str, path: str) -> None:
    assert all(0 < weight < 2.2 for weight in document_vector(text, path, None).values())
