"""A private document is its sender's: no route tells anybody else a word or a number of it."""

import re
from typing import Any

import pytest
from fastapi.routing import APIRoute
from sqlalchemy import text

from app.core.access import ACCESS, admin, reader
from app.core.settings import load_settings
from app.directory import SETTINGS
from app.factory import create_app
from app.reference import calls, routes_of
from tests.services.rag.documents.conftest import working
from tests.services.rag.private.conftest import HIDDEN, OPEN, PRIVATE, QUERY, SECRET, Den, told

pytestmark = pytest.mark.anyio

MOVING = frozenset({"took_ms", "cached", "lag_ms", "rate", "eta_s", "request_id"})
"""What differs from one answer to the next by itself."""

FOR_ADMINISTRATORS = frozenset({"others", "bytes_on_disk"})

UNKNOWN = 999_999


def still(answer: Any) -> Any:
    """Return an answer without what moves by itself."""
    if isinstance(answer, dict):
        return {name: still(value) for name, value in answer.items() if name not in MOVING | FOR_ADMINISTRATORS}
    return [still(item) for item in answer] if isinstance(answer, list) else answer


async def fill(den: Den) -> None:
    """Have the open documents indexed, then the private ones."""
    async with working(den.post.database):
        await den.post.send(*OPEN)
        report = await den.post.send(*PRIVATE, visibility="private")
    assert (report["processed"], report["failures"]) == (len(PRIVATE), [])
    await find(den)


async def find(den: Den) -> None:
    rows = await den.post.rows(
        "SELECT f.id, s.id FROM files f JOIN sources s ON s.id = f.source_id WHERE s.visibility = 'private'"
    )
    den.documents, den.source = sorted(file for file, _ in rows), rows[0][1]


def reading(route: APIRoute) -> bool:
    access = next(call for call in calls(route.dependant) if call in ACCESS)
    return access is reader or (access is admin and "GET" in (route.methods or ()))


def test_every_reading_route_is_asked() -> None:
    app = create_app(load_settings(SETTINGS))
    routes = {
        (method, re.sub(r"\{[^}]+\}", "7", route.path))
        for route in routes_of(app)
        if route.path.startswith(("/api/rag/", "/api/search/")) and reading(route)
        for method in route.methods or ()
    }
    asked = {key for key in Den(post=None, documents=[7], source=7).questions() if "private" not in key[1]}  # type: ignore[arg-type]
    assert routes == asked, "a new route that reads must be asked here, by everybody"


async def test_no_word_of_it_is_told_to_anybody_else(den: Den) -> None:
    await fill(den)
    for name, who in den.callers.items():
        for request, answer in await den.answers(who):
            assert answer.status_code in (200, 401, 403, 404), (name, request, answer.text)
            assert not told(request, answer), (name, request, answer.text)


async def test_its_owner_finds_it_by_every_way_of_asking(den: Den) -> None:
    await fill(den)
    numbers = ("/stats", "/health", "/performance", "/analyze", "/failures", "/private-documents")
    answers = await den.answers(den.post.ann)
    for (method, url), requests in den.questions().items():
        mine = [(request, answer) for request, answer in answers if request in requests]
        if not url.endswith(numbers):
            assert mine[0][1].status_code == 200, (method, url, mine[0][1].text)
            assert any(told(request, answer) for request, answer in mine), (method, url)


@pytest.mark.parametrize("indexed", [False, True])
async def test_no_number_moves_for_anybody_else(den: Den, indexed: bool) -> None:
    client = den.post.house.client
    async with working(den.post.database):
        await den.post.send(*OPEN)
    den.documents, den.source = [UNKNOWN], UNKNOWN
    questions = den.questions()
    before = {
        name: [(answer.status_code, still(answer.json()), total(answer)) for _, answer in await den.answers(who)]
        for name, who in den.callers.items()
    }
    if indexed:
        async with working(den.post.database):
            await den.post.send(*PRIVATE, visibility="private")
    else:
        await den.post.send(*PRIVATE, visibility="private", wait_ms=0)
    await find(den)
    assert questions != den.questions()
    for name, who in den.callers.items():
        for (request, answer), known in zip(await den.answers(who), before[name], strict=True):
            if not request[1].endswith("/performance"):
                body = answer.text.replace(str(den.source), str(UNKNOWN)) if answer.status_code == 404 else answer.text
                body = body.replace(f"document {den.documents[0]}.", f"document {UNKNOWN}.")
                now = (answer.status_code, still(type(answer)(200, text=body).json()), total(answer))
                assert now == known, (name, request)
    pending = 0 if indexed else len(PRIVATE)
    others = (await client.get("/api/rag/indexing", headers=den.post.admin)).json()["others"]
    assert (others["sources"], others["known"], others["pending"]) == (1, len(PRIVATE), pending)
    mine = (await client.get("/api/rag/indexing", headers=den.post.ann)).json()
    assert (mine["known"], mine["pending"], mine["others"]) == (len(OPEN + PRIVATE), pending, None)


def total(answer: Any) -> str | None:
    count: str | None = answer.headers.get("X-Total-Count")
    return count


async def test_a_kept_answer_is_not_given_to_who_may_not_see_it(den: Den) -> None:
    await fill(den)
    client, cached = den.post.house.client, []
    for who in (den.post.ann, den.post.ann, den.post.bob, {}, den.post.bob, den.post.ann):
        answer = await client.post("/api/search/hybrid", json=QUERY, headers=who)
        cached.append(answer.json()["cached"])
        assert (SECRET in answer.text) == (who is den.post.ann)
    assert cached == [False, True, False, True, True, True], "who sees the same shares one answer"


async def test_nobody_else_changes_it(den: Den) -> None:
    await fill(den)
    client, first, source = den.post.house.client, den.documents[0], den.source
    for who in (den.post.bob, den.post.admin):
        gone = await client.delete(f"/api/rag/documents/{first}", headers=who)
        unknown = await client.delete(f"/api/rag/documents/{UNKNOWN}", headers=who)
        assert (gone.status_code, gone.json()["code"]) == (404, unknown.json()["code"])
    orders: list[tuple[str, str, dict[str, Any] | None]] = [("DELETE", f"/api/rag/sources/{source}", None)]
    for name in (str(source), "private-documents"):
        orders += [
            ("POST", f"/api/rag/{order}", {"source": name})
            for order in ("indexing/pause", "indexing/resume", "indexing/failures/requeue", "reindex")
        ]
    for method, url, body in orders:
        answer = await client.request(method, url, json=body, headers=den.post.admin)
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_source"), url
    assert len(await den.post.rows("SELECT 1 FROM files WHERE source_id = :id", id=source)) == len(PRIVATE)


async def test_an_order_about_everything_is_about_it_too_and_tells_nothing_of_it(den: Den) -> None:
    await fill(den)
    client, admin_ = den.post.house.client, den.post.admin
    for order, paused in (("pause", True), ("resume", False)):
        shown = await client.post(f"/api/rag/indexing/{order}", headers=admin_)
        assert [item["name"] for item in shown.json()] == ["documents"]
        states = await den.post.rows("SELECT DISTINCT paused FROM sources")
        assert [row.paused for row in states] == [paused]
    job = await client.post("/api/rag/reindex", headers=admin_)
    assert job.status_code == 202
    assert not [word for word in (*HIDDEN, f"{den.source}.") if word in job.text]
    async with den.post.database.transaction() as session:
        await session.execute(text("UPDATE files SET state = 'failed', reason = :why"), {"why": SECRET})
    failed = await client.get("/api/rag/indexing/failures", headers=admin_)
    assert (failed.headers["X-Total-Count"], len(failed.json())) == (str(len(OPEN)), len(OPEN))
    named = await client.post("/api/rag/indexing/failures/requeue", json={"ids": den.documents}, headers=admin_)
    assert named.json() == {"requeued": 0}
    every = await client.post("/api/rag/indexing/failures/requeue", headers=admin_)
    assert every.json() == {"requeued": len(OPEN + PRIVATE)}


async def test_a_name_is_one_document_of_each_owner_and_one_that_is_shared(den: Den) -> None:
    post = den.post
    async with working(post.database):
        for who, visibility, word in (
            (post.ann, "private", "heather"),
            (post.bob, "private", "bracken"),
            (post.bob, "shared", "clover"),
        ):
            report = await post.send({"source": "note.md", "content": word}, who=who, visibility=visibility)
            assert (report["processed"], report["failures"]) == (1, [])
    for who, expected in (
        (post.ann, {"heather", "clover"}),
        (post.bob, {"bracken", "clover"}),
        (post.admin, {"clover"}),
        ({}, {"clover"}),
    ):
        answer = await post.house.client.post("/api/rag/query", json={"q": "a plant"}, headers=who)
        assert {hit["text"] for hit in answer.json()["hits"]} == expected
