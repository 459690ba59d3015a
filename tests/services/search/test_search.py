"""Answers: right, explained, filtered, cached by generation, and clear about nonsense."""

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.rag.found import Ranked
from app.services.rag.lexical import query_tokens, tokens
from app.services.search.schemas import Answer
from app.services.search.snippet import Snippets
from tests.services.search.conftest import FILES, Desk

pytestmark = pytest.mark.anyio


async def test_hits_are_found_by_meaning_and_by_words(desk: Desk) -> None:
    semantic = await desk.ask("semantic", query="the middle value of a sorted list")
    assert semantic["results"][0]["path"] == "app/median.py"
    hybrid = await desk.ask("hybrid", query="rotate refresh token", explain=True, limit=1)
    (hit,) = hybrid["results"]
    assert (hit["path"], hit["start_line"], hit["end_line"]) == ("app/login.py", 1, 3)
    assert hit["match_type"] == "dense+lexical"
    assert hit["explain"]["query_kind"] == "words"
    assert hit["explain"]["legs"]["lexical"]["rank"] == 1
    assert hit["explain"]["boosts"] == {"file_evidence": 1.5, "focus": 1.25}
    Answer.model_validate(hybrid)
    Answer.model_validate(semantic)


async def test_a_name_finds_what_defines_it_and_says_why(desk: Desk) -> None:
    users = "\n\n".join(f"def use_{number}(cart):\n    return totalPrice(cart)" for number in range(300))
    desk.workshop.write("app/users.py", users)
    await desk.index()
    (hit, _) = (await desk.ask(query="totalPrice", explain=True, limit=2))["results"]
    assert hit["path"] == "web/cart.ts"
    assert hit["explain"]["query_kind"] == "symbol"
    assert hit["explain"]["boosts"]["defines"] == 4
    assert hit["explain"]["legs"]["symbol"] == {"rank": 1, "score": 1}
    assert "symbol" in hit["match_type"]


async def test_get_takes_the_same_fields_and_their_aliases(desk: Desk) -> None:
    posted = await desk.ask(query="median", limit=1)
    got = (await desk.client.get("/api/search/hybrid?q=median&max_results=1")).json()
    assert got["results"] == posted["results"]
    folder = (await desk.client.get("/api/search/hybrid?q=median&directories=web&file_types=typescript")).json()
    assert {hit["path"] for hit in folder["results"]} == {"web/cart.ts"}


@pytest.mark.parametrize(
    ("filters", "paths"),
    [
        ({"paths": ["app"]}, {"app/login.py", "app/median.py"}),
        ({"paths": ["app/"]}, {"app/login.py", "app/median.py"}),
        ({"paths": ["*.ts"]}, {"web/cart.ts"}),
        ({"paths": ["**/guide.md"]}, {"docs/guide.md"}),
        ({"languages": ["Python"]}, {"app/login.py", "app/median.py"}),
        ({"paths": ["app", "docs"], "languages": ["markdown"]}, {"docs/guide.md"}),
        ({"paths": [], "languages": []}, {"app/login.py", "app/median.py", "web/cart.ts", "docs/guide.md"}),
        ({"paths": ["../../etc"]}, set()),
        ({"paths": ["app%"]}, set()),
    ],
)
async def test_filters_keep_what_they_say(desk: Desk, filters: dict[str, Any], paths: set[str]) -> None:
    found = await desk.ask("semantic", query="server token price median", **filters)
    assert {hit["path"] for hit in found["results"]} == paths
    assert found["total"] == len(found["results"])


async def test_the_same_question_is_answered_from_the_cache_until_the_index_changes(desk: Desk) -> None:
    first = await desk.ask(query="nginx", limit=1)
    second = await desk.ask(query="nginx", limit=1)
    assert (first["cached"], second["cached"]) == (False, True)
    assert second["results"] == first["results"]
    desk.workshop.write("docs/guide.md", "# Guide\n\nPut caddy in front, where nginx was.\n")
    await desk.index()
    third = await desk.ask(query="nginx", limit=1)
    assert not third["cached"]
    assert third["generation"] > first["generation"]
    assert "caddy" in third["results"][0]["snippet"]
    served = (await desk.client.get("/api/search/performance")).json()
    assert (served["total_searches"], served["cache_hits"], served["cache_misses"]) == (3, 1, 2)


async def test_equal_questions_at_once_are_computed_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    computed = 0
    real = desk.rag.dense

    async def counting(*arguments: Any) -> list[Ranked]:
        nonlocal computed
        computed += 1
        await asyncio.sleep(0.1)
        return await real(*arguments)

    monkeypatch.setattr(desk.rag, "dense", counting)
    answers = await asyncio.gather(*(desk.ask(query="how is the price summed") for _ in range(10)))
    assert computed == 1
    assert len({str(answer["results"]) for answer in answers}) == 1


async def test_a_change_is_learned_without_asking(desk: Desk) -> None:
    before = (await desk.ask(query="zebra"))["generation"]
    desk.workshop.write("app/zebra.py", "def zebra():\n    return 'stripes'\n")
    await desk.workshop.settle()
    async with asyncio.timeout(2):  # a worker process tells by NOTIFY
        while (found := await desk.ask(query="zebra", limit=1))["generation"] == before:  # noqa: ASYNC110 - asks over HTTP, as a client does
            await asyncio.sleep(0.01)
    assert found["results"][0]["path"] == "app/zebra.py"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"query": ""}, "query"),
        ({"query": "   "}, "query"),
        ({"query": "x" * 10_000}, "query"),
        ({"query": "a\0b"}, "query"),
        ({"query": "x", "limit": 0}, "limit"),
        ({"query": "x", "limit": 10**9}, "limit"),
        ({"query": "x", "paths": ["\0"]}, "paths.0"),
        ({"query": "x", "languages": ["a\0"]}, "languages.0"),
        ({"query": "x", "paths": ["x"] * 51}, "paths"),
        ({"query": "x", "nonsense": 1}, "nonsense"),
        ({}, "query"),
    ],
)
async def test_nonsense_is_refused_by_name(desk: Desk, fields: dict[str, Any], field: str) -> None:
    for kind in ("semantic", "hybrid"):
        answer = await desk.client.post(f"/api/search/{kind}", json=fields)
        assert answer.status_code == 422
        assert [item["field"] for item in answer.json()["errors"]] == [field]


@pytest.mark.parametrize("query", ["the", "\N{FOX FACE}", "(a+)+$", "'; DROP TABLE files; --", "%", "\\", "a" * 2000])
async def test_odd_queries_are_answered(desk: Desk, query: str) -> None:
    for kind in ("semantic", "hybrid"):
        assert (await desk.ask(kind, query=query))["query"] == query


async def test_an_unknown_source_is_named_with_those_there_are(desk: Desk) -> None:
    answer = await desk.client.get("/api/search/hybrid?q=x&source=nowhere")
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_source")
    assert "shop" in answer.json()["detail"]
    assert (await desk.ask(query="median", source="shop", limit=1))["total"] == 1


async def test_bodies_that_are_no_json_are_told_apart(desk: Desk) -> None:
    headers = {"Content-Type": "application/json"}
    answer = await desk.client.post("/api/search/hybrid", content=b"{bad", headers=headers)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "body")
    infinite = await desk.client.get("/api/search/hybrid?q=x&min_score=nan")
    assert infinite.status_code == 422


async def test_rag_search_gives_whole_chunks_by_cosine_similarity(desk: Desk) -> None:
    answer = (await desk.client.get("/api/rag/search?q=median&top_k=2&modality=code")).json()
    assert len(answer["hits"]) == 2
    first, second = (hit["score"] for hit in answer["hits"])
    assert 1 >= first >= second >= -1
    assert answer["hits"][0]["text"] == FILES["app/median.py"].rstrip("\n")
    high = (await desk.client.get("/api/rag/search?q=median&min_score=0.999")).json()
    assert high["hits"] == []
    docs = (await desk.client.get("/api/rag/search?q=median&modality=docs")).json()
    assert {hit["path"] for hit in docs["hits"]} == {"docs/guide.md"}


async def test_progress_adds_up(desk: Desk) -> None:
    now = (await desk.client.get("/api/rag/indexing")).json()
    assert (now["state"], now["known"], now["indexed"], now["pending"], now["failed"]) == ("idle", 4, 4, 0, 0)
    (source,) = (await desk.client.get("/api/rag/sources")).json()
    assert (source["name"], source["chunks"]) == ("shop", now["chunks"])
    stats = (await desk.client.get("/api/rag/stats")).json()
    assert stats["documents"] == 4
    assert stats["queue"] == {"indexed": 4, "pending": 0, "failed": 0}


@given(
    text=st.text(alphabet="ab c\n", max_size=200), query=st.text(alphabet="abc ", min_size=1), lines=st.integers(0, 9)
)
def test_a_snippet_is_a_run_of_lines_of_its_text(text: str, query: str, lines: int) -> None:
    shown = Snippets(query, lines).of(text)
    assert shown in text
    assert shown == text or len(shown.split("\n")) == max(lines, 1)


@given(
    text=st.text(alphabet="abQuerisdopng_ \n\u00c4\u03a3\u0130", max_size=300),
    query=st.sampled_from(["queries", "stop", "ask maxOpenFiles", "is", "\u00c4nderung", "parsing", "i"]),
)
def test_a_snippet_holds_as_many_words_of_the_query_as_any_run_of_lines(text: str, query: str) -> None:
    wanted = set(query_tokens(query))

    def shared(lines: list[str]) -> int:
        return sum(len(wanted.intersection(tokens(line))) for line in lines)

    lines = text.split("\n")
    runs = [lines[start : start + 2] for start in range(max(1, len(lines) - 1))]
    assert shared(Snippets(query, 2).of(text).split("\n")) == max(map(shared, runs))
