"""Related chunks, completion, the understanding of a query, health, and clearing the cache."""

import pytest

from tests.conftest import House
from tests.services.search.conftest import Desk

pytestmark = pytest.mark.anyio


async def test_what_is_related_is_near_used_or_uses(desk: Desk) -> None:
    desk.workshop.write("app/report.py", "def yearly_report(rows):\n    return median(rows)\n")
    await desk.index()
    answer = (await desk.client.get("/api/search/related?path=app/median.py&line=2")).json()
    assert (answer["symbol"], answer["line"]) == ("median", 2)
    paths = {hit["path"]: hit for hit in answer["results"]}
    assert "app/median.py" not in paths
    assert "used_by" in paths["app/report.py"]["explain"]
    uses = (await desk.client.get("/api/search/related?path=app/report.py&line=1&limit=1")).json()
    assert (uses["results"][0]["path"], uses["total"]) == ("app/median.py", 1)
    assert "uses" in uses["results"][0]["match_type"]


@pytest.mark.parametrize("place", ["path=nowhere.py&line=1", "path=../app/median.py&line=1"])
async def test_an_unknown_place_is_404(desk: Desk, place: str) -> None:
    answer = await desk.client.get(f"/api/search/related?{place}")
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_place")


@pytest.mark.parametrize("place", ["path=a&line=0", "path=a", "line=1", "path=a&line=99999999999", "path=%00&line=1"])
async def test_a_place_that_cannot_be_is_422(desk: Desk, place: str) -> None:
    assert (await desk.client.get(f"/api/search/related?{place}")).status_code == 422


async def test_names_of_symbols_and_files_are_completed(desk: Desk) -> None:
    answer = (await desk.client.get("/api/search/suggestions?q=Med")).json()
    assert answer["suggestions"] == [
        {"text": "median", "type": "symbol", "kind": "function", "count": 1},
        {"text": "app/median.py", "type": "file", "kind": None, "count": 1},
    ]
    for odd in ("%", "_", "\\", "'"):
        answer = await desk.client.get("/api/search/suggestions", params={"q": odd})
        assert (answer.status_code, answer.json()["suggestions"]) == (200, [])


@pytest.mark.parametrize(
    ("query", "kind", "mode"),
    [
        ("rotate_token", "symbol", "symbol"),
        ("Registry.start", "symbol", "symbol"),
        ("A::b", "symbol", "symbol"),
        ("main()", "symbol", "symbol"),
        ("median", "words", "literal"),
        ("refresh token", "words", "literal"),
        ("\N{FOX FACE}", "words", "literal"),
        ("where are tokens rotated", "words", "literal"),
        (r"def \w+_token\(", "words", "regex"),
        ("(a|b)+", "words", "regex"),
        ("def $F($$$)", "words", "pattern"),
    ],
)
async def test_a_query_is_read_as_ranking_reads_it(desk: Desk, query: str, kind: str, mode: str) -> None:
    answer = (await desk.client.post("/api/search/analyze", json={"query": query})).json()
    assert (answer["kind"], answer["mode"]) == (kind, mode)
    explained = (await desk.ask(query=query, explain=True))["results"]
    assert {hit["explain"]["query_kind"] for hit in explained} <= {kind}


async def test_the_words_of_a_query_are_weighed(desk: Desk) -> None:
    answer = (await desk.client.post("/api/search/analyze", json={"query": "how is the session zebra"})).json()
    assert "the" not in answer["tokens"]
    assert answer["weights"]["zebra"] > answer["weights"]["session"] > 0


async def test_health_says_whether_answers_are_complete(desk: Desk) -> None:
    answer = (await desk.client.get("/api/search/health")).json()
    assert (answer["status"], answer["reason"], answer["cache"], answer["pending"]) == ("healthy", None, True, 0)
    desk.workshop.write("app/later.py", "later = 1\n")
    await desk.workshop.scanner.scan(2)
    await desk.rag.refresh()
    answer = (await desk.client.get("/api/search/health")).json()
    assert (answer["status"], answer["pending"]) == ("degraded", 1)


async def test_an_administrator_forgets_kept_answers(house: House) -> None:
    admin, user = await house.account("ann"), await house.account("bob")
    assert (await house.client.post("/api/search/cache/clear")).status_code == 401
    assert (await house.client.post("/api/search/cache/clear", headers=user)).status_code == 403
    await house.client.post("/api/search/cache/clear", headers=admin)
    for cached in (False, True):
        assert (await house.client.get("/api/search/hybrid?q=x")).json()["cached"] is cached
    assert (await house.client.post("/api/search/cache/clear", headers=admin)).json() == {"cleared": 1}
    assert (await house.client.get("/api/search/hybrid?q=x")).json()["cached"] is False
