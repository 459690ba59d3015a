import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.services.rag.embedding import StaticEmbedding

TEXTS = st.text(max_size=300)


@pytest.fixture(scope="module")
def embedding() -> StaticEmbedding:
    return StaticEmbedding.load()


def likeness(embedding: StaticEmbedding, one: str, other: str) -> float:
    vectors = embedding.embed([one, other])
    return float(vectors[0] @ vectors[1])


def test_says_what_it_is(embedding: StaticEmbedding) -> None:
    assert embedding.model_id == "reynard-static-2"
    vectors = embedding.embed(["hello world"])
    assert vectors.shape == (1, embedding.dimension) == (1, 256)
    assert vectors.dtype == np.float32


def test_no_texts_give_no_vectors(embedding: StaticEmbedding) -> None:
    assert embedding.embed([]).shape == (0, 256)


@given(texts=st.lists(TEXTS, max_size=10))
def test_every_vector_has_length_one_or_is_zero(embedding: StaticEmbedding, texts: list[str]) -> None:
    lengths = np.linalg.norm(embedding.embed(texts), axis=1)
    assert np.all((lengths == 0) | (np.abs(lengths - 1) < 1e-5))


@given(texts=st.lists(TEXTS, min_size=1, max_size=10))
def test_a_text_has_the_same_vector_alone_and_among_others(embedding: StaticEmbedding, texts: list[str]) -> None:
    alone = np.vstack([embedding.embed([text]) for text in texts])
    np.testing.assert_allclose(embedding.embed(texts), alone, atol=1e-5)


@given(texts=st.lists(TEXTS, max_size=5))
def test_a_model_loaded_again_gives_the_same_vectors(embedding: StaticEmbedding, texts: list[str]) -> None:
    np.testing.assert_array_equal(AGAIN.embed(texts), embedding.embed(texts))


AGAIN = StaticEmbedding.load()


@given(words=st.lists(st.sampled_from(["open", "socket", "user", "parse", "json", "retry"]), min_size=1))
@settings(max_examples=25)
def test_the_order_of_words_does_not_matter(embedding: StaticEmbedding, words: list[str]) -> None:
    assert likeness(embedding, " ".join(words), " ".join(reversed(words))) == pytest.approx(1, abs=1e-5)


def test_more_texts_than_one_batch_keep_their_places(embedding: StaticEmbedding) -> None:
    texts = [f"number {n} of the socket" if n % 2 else "" for n in range(200)]
    vectors = embedding.embed(texts)
    np.testing.assert_allclose(vectors[151], embedding.embed([texts[151]])[0], atol=1e-5)
    assert not vectors[::2].any()


@pytest.mark.parametrize("form", ["getUserName", "get_user_name", "GET-USER-NAME", "GetUserName", "get.user.name()"])
def test_an_identifier_is_its_words(embedding: StaticEmbedding, form: str) -> None:
    assert likeness(embedding, form, "get user name") == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("text", ["", " \n\t", "!?;{}", "\N{FOX FACE}\N{ROCKET}", "\x00\x01"])
def test_a_text_without_words_has_the_zero_vector(embedding: StaticEmbedding, text: str) -> None:
    assert not embedding.embed([text]).any()


def test_accents_do_not_matter(embedding: StaticEmbedding) -> None:
    assert likeness(embedding, "caf\N{LATIN SMALL LETTER E WITH ACUTE}", "cafe") == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize(
    "text", ["a" * 10**6, "aB" * 500_000, "word " * 200_000, "\N{FOX FACE}" * 10**6, "\ufdfa" * 10**6]
)
def test_a_huge_text_is_read_up_to_the_limit(embedding: StaticEmbedding, text: str) -> None:
    vectors = embedding.embed([text, text[:16_384]])
    np.testing.assert_allclose(vectors[0], vectors[1], atol=1e-5)


def test_threads_may_share_it(embedding: StaticEmbedding) -> None:
    texts = [f"parse header {n} of the request" for n in range(100)]
    found: list[np.ndarray] = []
    threads = [threading.Thread(target=lambda: found.append(embedding.embed(texts))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    for vectors in found:
        np.testing.assert_allclose(vectors, found[0], atol=1e-5)
