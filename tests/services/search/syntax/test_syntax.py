"""Syntax search over HTTP: right, current, and unmoved by hostile input."""

import asyncio
from typing import Any

import pytest

from app.services.search.service import Search
from app.services.search.syntax.schemas import SyntaxAnswer
from tests.services.search.conftest import Desk

pytestmark = pytest.mark.anyio


async def places(desk: Desk, **fields: Any) -> list[tuple[str, int]]:
    return [(hit["path"], hit["start_line"]) for hit in (await desk.ask("syntax", **fields))["results"]]


async def test_a_literal_is_found_with_its_line_symbol_and_context(desk: Desk) -> None:
    answer = await desk.ask("syntax", query="new_token()", context_lines=1, explain=True)
    SyntaxAnswer.model_validate(answer)
    (hit,) = answer["results"]
    assert (hit["path"], hit["start_line"], hit["end_line"]) == ("app/login.py", 2, 2)
    assert hit["snippet"].split("\n")[1].strip() == "session.token = new_token()"
    assert (hit["symbol"], hit["match_type"], hit["language"]) == ("rotate_refresh_token", "literal", "python")
    assert hit["explain"] == {"match": "literal", "whole_word": True, "defines": False, "captures": {}}
    assert (answer["kind"], answer["total"], answer["truncated"]) == ("syntax", 1, False)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"query": "SESSION"}, []),
        ({"query": "SESSION", "case_sensitive": False, "limit": 1}, [("app/login.py", 1)]),
        ({"query": "token", "whole_word": True}, [("app/login.py", 2)]),
        ({"query": r"return \w+$", "mode": "regex"}, [("app/login.py", 3)]),
        ({"query": r"^(def|export) ", "mode": "regex", "language": "typescript"}, [("web/cart.ts", 1)]),
        ({"query": "return", "paths": ["web"]}, [("web/cart.ts", 2)]),
        ({"query": "return", "languages": ["TypeScript"]}, [("web/cart.ts", 2)]),
        ({"query": "median", "mode": "symbol"}, [("app/median.py", 1)]),
        ({"query": "def median", "mode": "symbol"}, [("app/median.py", 1)]),
        ({"query": "class median", "mode": "symbol"}, []),
        ({"query": "MEDIAN", "mode": "symbol"}, [("app/median.py", 1)]),
        ({"query": "MEDIAN", "mode": "symbol", "case_sensitive": True}, []),
        ({"query": "total", "mode": "symbol"}, [("web/cart.ts", 1)]),
        ({"query": "total", "mode": "symbol", "whole_word": True}, []),
        ({"query": "price", "mode": "symbol"}, [("web/cart.ts", 1)]),
        ({"query": "refreshToken", "mode": "symbol"}, [("app/login.py", 1)]),
        ({"query": "meidan", "mode": "symbol"}, [("app/median.py", 1)]),
        ({"query": "sorted($X)", "mode": "pattern", "language": "python"}, [("app/median.py", 2)]),
        ({"query": "$A.reduce($$$R)", "mode": "pattern", "paths": ["*.ts"]}, [("web/cart.ts", 2)]),
        ({"query": "import $X", "mode": "pattern", "languages": ["python"]}, []),
    ],
)
async def test_each_mode_and_flag_finds_what_it_says(
    desk: Desk, fields: dict[str, Any], expected: list[tuple[str, int]]
) -> None:
    assert await places(desk, **fields) == expected


async def test_a_pattern_tells_what_its_metavariables_hold(desk: Desk) -> None:
    answer = await desk.ask("syntax", query="def $F($$$ARGS)", mode="pattern", language="python", explain=True)
    captures = {hit["path"]: hit["explain"]["captures"] for hit in answer["results"]}
    assert captures["app/login.py"] == {"$F": "rotate_refresh_token", "$$$ARGS": "session"}
    assert captures["app/median.py"] == {"$F": "median", "$$$ARGS": "numbers"}


async def test_symbols_are_ranked_exact_then_case_then_prefix_then_part(desk: Desk) -> None:
    names = "class Start:\n    def start(self): ...\n\n\ndef starting(): ...\n\n\ndef cold_start(): ...\n"
    desk.workshop.write("app/engine.py", f"class Registry:\n    def start(self):\n        return 1\n\n\n{names}")
    await desk.index()
    found = (await desk.ask("syntax", query="start", mode="symbol"))["results"]
    assert [hit["symbol"] for hit in found] == ["Registry.start", "Start.start", "Start", "starting", "cold_start"]
    (first, *_) = (await desk.ask("syntax", query="Start.start", mode="symbol"))["results"]
    assert first["symbol"] == "Start.start"
    (first, *_) = (await desk.ask("syntax", query="Registry::start", mode="symbol"))["results"]
    assert (first["symbol"], first["start_line"], first["end_line"]) == ("Registry.start", 2, 3)


async def test_changed_and_deleted_files_are_seen_and_cached_answers_of_before_are_not(desk: Desk) -> None:
    assert await places(desk, query="numbers)") == [("app/median.py", 1), ("app/median.py", 2)]
    assert (await desk.ask("syntax", query="numbers)"))["cached"]
    desk.workshop.write("app/median.py", "# nothing\n")
    desk.workshop.write("app/new.py", "total = sum(numbers)\r\n")
    (desk.workshop.root / "docs/guide.md").unlink()
    await desk.index()
    assert await places(desk, query="numbers)") == [("app/new.py", 1)]
    assert await places(desk, query=r"numbers\)$", mode="regex") == [("app/new.py", 1)]
    assert await places(desk, query="nginx") == []
    assert await places(desk, query="median", mode="symbol") == []


async def test_a_file_that_is_refused_now_is_not_found_any_more(desk: Desk) -> None:
    (desk.workshop.root / "app/median.py").write_bytes(b"def median(): \0")
    await desk.index()
    assert await places(desk, query="def median") == []
    assert await places(desk, query="median", mode="symbol") == []


async def test_more_than_enough_is_told(desk: Desk) -> None:
    desk.workshop.write("app/many.py", "needle = 1\n" * 500)
    await desk.index()
    answer = await desk.ask("syntax", query="needle", limit=5)
    assert (len(answer["results"]), answer["total"], answer["truncated"]) == (5, 100, True)


async def test_an_answer_that_ran_out_of_time_is_partial_and_not_kept(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    syntax = desk.search._syntax
    monkeypatch.setattr(syntax, "_seconds", 0.0)
    late = [await desk.ask("syntax", query="return", mode=mode, language="python") for mode in ("literal", "pattern")]
    assert [(item["truncated"], item["results"], item["cached"]) for item in late] == [(True, [], False)] * 2
    monkeypatch.undo()
    again = await desk.ask("syntax", query="return", language="python")
    assert (again["truncated"], again["cached"], again["total"]) == (False, False, 2)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"query": ""}, "invalid_input"),
        ({"query": "  \t"}, "invalid_input"),
        ({"query": "x" * 10_000}, "invalid_input"),
        ({"query": "x", "limit": 0}, "invalid_input"),
        ({"query": "x", "limit": 10**9}, "invalid_input"),
        ({"query": "x", "mode": "sql"}, "invalid_input"),
        ({"query": "a\0", "mode": "regex"}, "invalid_input"),
        ({"query": "(", "mode": "regex"}, "invalid_regex"),
        ({"query": r"a\n", "mode": "regex"}, "invalid_regex"),
        ({"query": "(((a{100}){100}){100})", "mode": "regex"}, "invalid_regex"),
        ({"query": "x", "mode": "pattern"}, "unknown_language"),
        ({"query": "x", "mode": "pattern", "language": "klingon"}, "unknown_language"),
        ({"query": "x", "mode": "pattern", "languages": ["markdown"]}, "unknown_language"),
        ({"query": "a b c", "mode": "pattern", "language": "python"}, "invalid_pattern"),
        ({"query": "$$$", "mode": "pattern", "language": "python"}, "invalid_pattern"),
    ],
)
async def test_nonsense_is_refused_with_a_code_and_the_field_and_the_next_is_answered(
    desk: Desk, fields: dict[str, Any], code: str
) -> None:
    answer = await desk.client.post("/api/search/syntax", json=fields)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, code)
    assert problem["detail"].split(":")[0] in ("query", "limit", "mode", "language")
    assert "\n" not in problem["detail"]
    assert await places(desk, query="def median") == [("app/median.py", 1)]


@pytest.mark.parametrize("mode", ["literal", "regex", "symbol", "pattern"])
@pytest.mark.parametrize(
    "query",
    ["the", "\N{FOX FACE}", "(a+)+$", "'; DROP TABLE files; --", "%_", "a" * 2000, ".*", "x*", "$", "::", "[" * 900],
)
async def test_odd_queries_are_answered_and_the_next_one_too(desk: Desk, mode: str, query: str) -> None:
    fields = {"query": query, "mode": mode, "language": "python"}
    assert (await desk.client.post("/api/search/syntax", json=fields)).status_code in (200, 422)
    assert await places(desk, query="def median") == [("app/median.py", 1)]


MEDIAN = {"literal": "median", "regex": "def m.dian", "symbol": "median", "pattern": "sorted($X)"}


@pytest.mark.parametrize(
    "filters",
    [
        {"paths": ["../"]},
        {"paths": ["../../etc/passwd"]},
        {"paths": ["/etc"]},
        {"paths": ["**/nothing"]},
        {"paths": ["app/../../*"]},
        {"paths": ["[", "a%"]},
        {"languages": ["css"]},
        {"paths": ["app"], "languages": ["typescript"]},
    ],
)
@pytest.mark.parametrize("mode", MEDIAN)
async def test_filters_that_match_nothing_find_nothing(desk: Desk, mode: str, filters: dict[str, Any]) -> None:
    asked = {"query": MEDIAN[mode], "mode": mode, "language": "python" if mode == "pattern" else None}
    assert await places(desk, **asked, **filters) == []
    assert await places(desk, **asked)


async def test_a_glob_of_many_stars_takes_no_longer(desk: Desk) -> None:
    assert await places(desk, query="def median", paths=["*" * 500]) == [("app/median.py", 1)]


BOMBS = ["(a+)+b$", "(a|a)*b", "(a*)*c", "([a-z]+)*!", "(.*a){12}$", "((a{0,30}){0,30})c"]


@pytest.mark.parametrize("bomb", BOMBS)
async def test_bombs_over_hostile_text_are_answered_and_the_next_one_too(desk: Desk, bomb: str) -> None:
    desk.workshop.write("app/hostile.py", ("a" * 20_000 + "\n") * 4)
    await desk.index()
    answer = await desk.client.post("/api/search/syntax", json={"query": bomb, "mode": "regex", "paths": ["app"]})
    assert answer.status_code == 200 or answer.json()["code"] == "invalid_regex"
    assert await places(desk, query="def median") == [("app/median.py", 1)]


async def test_hostile_files_end_no_request_but_their_own(desk: Desk) -> None:
    desk.workshop.write("app/deep.py", "(" * 30_000 + ")" * 30_000 + "\nx = hostile\n" + ("a" * 200 + "\n") * 50)
    await desk.index()
    regex = await desk.ask("syntax", query="(a+)+b$", mode="regex")
    assert [hit["path"] for hit in regex["results"]] == []
    pattern = {"query": "$X = hostile", "mode": "pattern", "language": "python"}
    assert (await desk.client.post("/api/search/syntax", json=pattern)).status_code in (200, 422)
    assert await places(desk, query="sorted($X)", mode="pattern", language="python") == [("app/median.py", 2)]


@pytest.mark.parametrize("mode", MEDIAN)
async def test_an_unknown_source_is_404(desk: Desk, mode: str) -> None:
    asked = {"query": MEDIAN[mode], "mode": mode, "language": "python", "source": "nowhere"}
    answer = await desk.client.post("/api/search/syntax", json=asked)
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_source")
    assert "shop" in answer.json()["detail"]


async def test_many_questions_at_once_are_all_answered(desk: Desk) -> None:
    modes = [
        {"query": "return", "mode": "literal"},
        {"query": r"\w+\(", "mode": "regex"},
        {"query": "median", "mode": "symbol"},
        {"query": "return $X", "mode": "pattern", "language": "python"},
    ]
    asked = [{**modes[number % 4], "min_score": -number} for number in range(40)]
    answers = await asyncio.gather(*(desk.ask("syntax", **fields) for fields in asked))
    for fields, answer in zip(asked, answers, strict=True):
        assert answer["results"], fields
        assert answer["results"] == answers[asked.index(fields) % 4]["results"]


async def test_get_takes_the_same_fields(desk: Desk) -> None:
    posted = await desk.ask("syntax", query="def ", limit=1)
    got = (await desk.client.get("/api/search/syntax", params={"q": "def ", "max_results": 1})).json()
    assert got["results"] == posted["results"]
    assert isinstance(desk.search, Search)
