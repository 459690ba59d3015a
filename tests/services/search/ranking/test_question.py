"""What is read out of a question."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.search.ranking import QuestionKind, understand
from app.services.search.ranking.words import alike, joined, name_words
from tests.services.search.ranking.conftest import question


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("HTTPException", "HTTPException"),
        ("Conn", "Conn"),
        ("Plug.Conn", "Conn"),
        ("Sinatra::Base", "Base"),
        ("perform_async", "perform_async"),
        ("_private", "_private"),
        ("toJson", "toJson"),
        ("parse()", "parse"),
        ("Cache#fetch", "fetch"),
        ("valid?()", "valid?"),
    ],
)
def test_a_name_alone_is_looked_up_without_what_qualifies_it(text: str, name: str) -> None:
    read = question(text)
    assert (read.kind, read.names) == (QuestionKind.symbol, (name,))


@pytest.mark.parametrize("text", ["session", "how are routes registered", "JSON body parser", "retry, then give up"])
def test_words_are_no_name(text: str) -> None:
    read = question(text)
    assert (read.kind, read.names) == (QuestionKind.words, ())


def test_names_within_a_sentence_are_found() -> None:
    assert question("how halt stops Plug.Conn after toJson in read_line").names == ("Conn", "toJson", "read_line")


def test_a_name_that_is_looked_up_is_all_of_the_question() -> None:
    assert question("Plug.Conn").share("Conn") == 1
    assert question("how halt stops PlugConn").share("PlugConn") == 0.5


def test_a_rare_word_carries_more_of_the_question() -> None:
    words = understand("parsing of multipart", {"pars": 1.0, "multipart": 3.0}.__getitem__).words
    assert words == {"pars": 0.25, "multipart": 0.75}
    assert understand("of", lambda _: 0.0).words == {}


def test_words_meet_in_their_forms() -> None:
    assert alike("depend", "dependency")
    assert alike("serialization", "serializer")
    assert alike("auth", "authentication")
    assert not alike("comment", "common")
    assert not alike("do", "document")
    assert name_words("HTTPServerErrors") == ("http", "server", "error")
    assert joined("rate_limiter") == joined("RateLimiter") == "ratelimiter"


@given(st.text(max_size=400))
def test_any_text_is_read_in_bounds(text: str) -> None:
    read = question(text)
    assert sum(read.words.values()) == pytest.approx(1 if read.words else 0)
    assert len(read.names) <= 32
