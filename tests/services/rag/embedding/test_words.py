import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.rag.embedding.words import MAX_WORDS, words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("getUserName", ["get", "User", "Name"]),
        ("get_user_name", ["get", "user", "name"]),
        ("HTTPServer", ["HTTP", "Server"]),
        ("parseJSON2Dict", ["parse", "JSON", "2", "Dict"]),
        ("utf8", ["utf", "8"]),
        ("MAX_SIZE = 10", ["MAX", "SIZE", "10"]),
        ("na\u00efve", ["naive"]),
        ("\u043f\u0440\u0438\u0432\u0435\u0442 world", ["\u043f\u0440\u0438\u0432\u0435\u0442", "world"]),
        ("\u4e2d\u6587", ["\u4e2d", "\u6587"]),
        ("() => {}", []),
    ],
)
def test_words(text: str, words: list[str]) -> None:
    assert words_of(text) == words


@given(st.text())
def test_no_word_is_empty_or_holds_a_space(text: str) -> None:
    assert all(word and not any(map(str.isspace, word)) for word in words_of(text))


@given(st.text(alphabet=st.characters(codec="ascii")))
def test_ascii_letters_and_digits_are_all_kept(text: str) -> None:
    assert "".join(words_of(text)) == "".join(filter(str.isalnum, text))


def test_no_more_than_the_limit() -> None:
    assert len(words_of("aB" * 100_000)) == MAX_WORDS
