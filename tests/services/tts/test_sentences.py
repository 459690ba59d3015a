"""Texts in pieces: nothing of what is spoken is lost, and no piece is too long."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.tts.sentences import (
    AFTER_CUT,
    AFTER_PARAGRAPH,
    AFTER_SENTENCE,
    MOST,
    cleaned,
    cut,
    pieces,
    spoken,
)


def texts(text: str, language: str = "en") -> list[str]:
    return [piece.text for piece in pieces(cleaned(text), language)]


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "Dr. Smith paid $3.50 at 5 p.m. He left.", ["Dr. Smith paid $3.50 at 5 p.m.", "He left."]),
        ("en", "It is v1.2.3! Really?! See Fig. 3.", ["It is v1.2.3!", "Really?!", "See Fig. 3."]),
        ("de", "Am 3. Oktober kam z. B. Dr. Müller. Er ging.", ["Am 3. Oktober kam z. B. Dr. Müller.", "Er ging."]),
        ("ja", "今日は。元気ですか？", ["今日は。", "元気ですか？"]),  # noqa: RUF001 - Japanese
        ("hi", "नमस्ते। आप कैसे हैं?", ["नमस्ते।", "आप कैसे हैं?"]),
        ("xx", "Some language. Nobody knows it.", ["Some language.", "Nobody knows it."]),
    ],
)
def test_sentences_of_languages(language: str, text: str, expected: list[str]) -> None:
    assert texts(text, language) == expected


def test_a_line_break_inside_a_sentence_is_a_blank() -> None:
    assert texts("One sentence\nover two lines.") == ["One sentence over two lines."]


def test_pauses_tell_sentences_from_paragraphs_and_cuts() -> None:
    long = "word " * 100 + "end."
    found = pieces(cleaned(f"One. Two.\n\n{long}"), "en")
    assert [piece.pause for piece in found] == [AFTER_SENTENCE, AFTER_PARAGRAPH, AFTER_CUT, AFTER_PARAGRAPH]


def test_a_long_sentence_is_cut_after_a_clause_rather_than_a_word() -> None:
    first = "a clause that goes on " * 8 + "until here,"
    assert cut(first + " and then" * 30)[0] == first


@pytest.mark.parametrize(
    "text", ["", "   \n\t ", "...", "?! -- ()", "😀🎉", "😀 … 👍🏽", "\u200b\u200d", "\x01\x1b", "€ % &"]
)
def test_what_cannot_be_spoken_has_no_pieces(text: str) -> None:
    assert texts(text) == []


@pytest.mark.parametrize("text", ["a", "7", "é", "字", "٣", "½", "x 😀"])
def test_a_letter_or_a_digit_of_any_script_is_enough(text: str) -> None:
    assert texts(text) == [text]


def test_control_characters_are_blanks() -> None:
    assert texts("be\x00fore\x01 and\x1b[31m after\u202e.") == ["be fore and [31m after ."]


def test_what_scripts_need_stays() -> None:
    persian = "می\u200cخواهم"  # noqa: RUF001 - Persian
    assert texts(persian, "fa") == [persian]


WORDS = st.text(st.sampled_from("ab1. ,;:!?\n\t—。，\u200b\x01é😀\"'()["), max_size=2000)  # noqa: RUF001 - wide marks


@given(st.one_of(WORDS, st.text(max_size=500)), st.sampled_from(["en", "de", "ja", "zz", "hy", "ar"]))
def test_every_letter_is_spoken_once_in_order_and_no_piece_is_too_long(text: str, language: str) -> None:
    found = pieces(cleaned(text), language)
    assert all(0 < len(piece.text) <= MOST and spoken(piece.text) and piece.pause > 0 for piece in found)
    assert not any("\n" in piece.text or "\x01" in piece.text or "\0" in piece.text for piece in found)
    said = "".join(character for piece in found for character in piece.text if spoken(character))
    assert said == "".join(character for character in cleaned(text) if spoken(character))


@given(st.text(st.sampled_from("a ,。"), min_size=1, max_size=3000))
def test_cutting_loses_blanks_alone(text: str) -> None:
    assert "".join(cut(text)).replace(" ", "") == text.replace(" ", "")
