import pytest

from app.services.rag.embedding import vocabulary
from app.services.rag.embedding.static import MODEL
from app.services.rag.embedding.vocabulary import Vocabulary


@pytest.fixture(scope="module")
def known() -> Vocabulary:
    return Vocabulary(MODEL / "tokenizer.json")


def test_case_does_not_matter(known: Vocabulary) -> None:
    one, other = known.rows(["Socket", "socket"])
    assert one == other != [0]


def test_an_unknown_word_has_the_rows_of_its_pieces(known: Vocabulary) -> None:
    (rows,) = known.rows(["zorblaxifier"])
    assert len(rows) > 1
    assert 0 not in rows


def test_a_word_of_an_unknown_script_has_the_zero_row(known: Vocabulary) -> None:
    assert known.rows(["\u1200\u1201"]) == [[0]]


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vocabulary, "MAX_REMEMBERED", 10)
    small = Vocabulary(MODEL / "tokenizer.json")
    words = [f"word{'ab'[n % 2]}{n}" for n in range(100)]
    assert small.rows(words) == Vocabulary(MODEL / "tokenizer.json").rows(words)
    assert len(small._rows) <= 10
