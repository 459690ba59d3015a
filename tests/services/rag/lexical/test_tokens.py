import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.rag.lexical import query_tokens, tokens
from app.services.rag.lexical.stem import stem
from app.services.rag.lexical.stop_words import STOP_WORDS

IDENTIFIERS = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,40}", fullmatch=True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("HTTPServer2Error", ["httpserver2error", "http", "server", "2", "error"]),
        ("getHTTPResponse", ["gethttpresponse", "get", "http", "respons"]),
        ("max_open_files", ["max_open_files", "max", "open", "file"]),
        ("os.path", ["os", "path"]),
        ("kebab-case", ["kebab", "case"]),
        ("__init__", ["init"]),
        ("sha256", ["sha256", "sha", "256"]),
        ("x_y", ["x_y"]),
        ("URLs", ["url"]),
        ("größe 日本語", ["größe", "日本語"]),
        ("a + b", ["a", "b"]),
        ("_ __ -", []),
        ("A" * 101, []),
    ],
)
def test_words_are_kept_whole_and_split(text: str, expected: list[str]) -> None:
    assert tokens(text) == expected


def test_stop_words_are_left_out_of_questions_only() -> None:
    assert query_tokens("How are the files of a user indexed?") == ["file", "user", "index"]
    assert query_tokens("what is it") == ["what", "is", "it"]
    assert tokens("the file") == ["the", "file"]


@pytest.mark.parametrize(
    "forms",
    [
        ["parse", "parses", "parsed", "parsing"],
        ["index", "indexes", "indexed", "indexing"],
        ["cache", "caches", "cached", "caching"],
        ["query", "queries"],
        ["class", "classes"],
        ["fix", "fixes"],
        ["box", "boxes"],
        ["embed", "embeds", "embedded", "embedding"],
    ],
)
def test_forms_of_a_word_meet(forms: list[str]) -> None:
    assert len({stem(form) for form in forms}) == 1


@pytest.mark.parametrize("word", ["string", "bring", "status", "used", "pass", "need", "is", "exceed"])
def test_words_that_only_look_inflected_stay(word: str) -> None:
    assert stem(word) == word


@given(IDENTIFIERS.filter(lambda name: name.strip("_")))
def test_a_compound_identifier_is_there_whole(name: str) -> None:
    found = tokens(f"x = {name}(1)")
    whole = name.strip("_").lower()
    assert whole in found or stem(whole) in found


@given(st.text(max_size=200))
def test_a_text_answers_a_query_of_its_own_words(text: str) -> None:
    found = query_tokens(text)
    assert set(found) <= set(tokens(text))
    assert len(found) == len(set(found))
    assert bool(found) == bool(tokens(text)) or any(word in STOP_WORDS for word in text.lower().split())


@given(st.lists(IDENTIFIERS, max_size=20))
def test_tokens_of_lines_add_up(names: list[str]) -> None:
    assert tokens("\n".join(names)) == [token for name in names for token in tokens(name)]
