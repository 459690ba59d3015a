"""The real MiniLM: what it makes is what sentence-transformers makes, and it finds what words do not."""

import asyncio

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.rag.embedding.words import words_of
from app.services.rag.legs.backends.minilm import MAX_TOKENS, MiniLm, as_words
from tests.services.rag.legs.conftest import MakeBench

pytestmark = pytest.mark.anyio

TEXTS = [
    "def median(numbers): return sorted(numbers)[len(numbers) // 2]",
    "the middle value of a sorted list",
    "refuse uploads whose payload is larger than allowed",
    "Put nginx in front of the server.",
]


async def embed(minilm: MiniLm, texts: list[str]) -> np.ndarray:
    return np.asarray(await minilm.embed(texts))


async def test_vectors_are_unit_and_meaning_is_near(minilm: MiniLm) -> None:
    vectors = await embed(minilm, TEXTS)
    assert vectors.shape == (4, 384)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    near = vectors @ vectors.T
    assert near[0, 1] > max(near[0, 2], near[0, 3]) + 0.2


async def test_neither_order_nor_company_changes_what_a_text_means(minilm: MiniLm) -> None:
    together = await embed(minilm, [*TEXTS, "x " * 500])
    backwards = (await embed(minilm, [*TEXTS, "x " * 500][::-1]))[::-1]
    alone = np.concatenate([await embed(minilm, [text]) for text in TEXTS])
    assert (together * backwards).sum(axis=1).min() > 0.99
    assert (together[:4] * alone).sum(axis=1).min() > 0.98


async def test_what_follows_the_window_is_not_read(minilm: MiniLm) -> None:
    first, second = await embed(minilm, ["word " * MAX_TOKENS + "fox", "word " * MAX_TOKENS + "database"])
    assert np.allclose(first, second, atol=1e-5)


async def test_names_are_read_as_their_words(minilm: MiniLm) -> None:
    code, words, other = await embed(minilm, ["maxUploadSize = {", "max upload size", "mean of a row"])
    assert code @ words > 0.999 > code @ other


@given(st.text(max_size=300))
def test_any_text_is_read_as_words_in_three_parts_at_most(text: str) -> None:
    parts = as_words(text).split(" : ")
    assert len(parts) == min(3, text.count("\n") + 1)
    assert all(part == " ".join(words_of(part)) for part in parts)


async def test_odd_texts_have_vectors(minilm: MiniLm) -> None:
    vectors = await embed(minilm, [" ", "\N{FOX FACE}", "\ud7ff", "a" * 8000, "\u200b"])
    assert np.isfinite(vectors).all()


async def test_many_at_once_do_not_disturb_each_other(minilm: MiniLm) -> None:
    alone = await embed(minilm, TEXTS)
    for found in await asyncio.gather(*(embed(minilm, TEXTS) for _ in range(8))):
        assert np.allclose(found, alone, atol=1e-5)


async def test_a_question_that_shares_no_word_finds_its_chunk(minilm: MiniLm, make_bench: MakeBench) -> None:
    bench = make_bench(minilm)
    files = {
        "limits.py": "def check_body(request):\n    if request.size > MAX_BYTES:\n        raise PayloadTooLarge()\n",
        "lock.py": "def acquire(name):\n    return advisory_lock(name, wait=False)\n",
        "median.py": "def median(numbers):\n    return sorted(numbers)[len(numbers) // 2]\n",
    }
    for path, content in files.items():
        bench.workshop.write(path, content)
    await bench.workshop.settle()
    await bench.look()
    assert bench.usable() == []
    await bench.fill()
    (leg,) = bench.usable()
    assert (leg.name, leg.chunks) == ("minilm:all-MiniLM-L6-v2-int8-words", 3)
    assert (await bench.paths("refuse uploads that are bigger than permitted"))[0] == "limits.py"
    assert (await bench.paths("two processes must not do the same work at once"))[0] == "lock.py"
