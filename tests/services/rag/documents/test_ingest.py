"""Documents go in over HTTP, a real worker indexes them, and questions find them."""

import asyncio
from collections.abc import Collection
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.services.rag.documents import repository
from app.services.rag.documents.ingestion import State
from tests.conftest import House
from tests.services.rag.documents.conftest import Post, events, working

pytestmark = pytest.mark.anyio

GUIDE = {
    "source": "notes/deploying.md",
    "content": "# Deploying\n\nPut nginx in front of the server.\n",
    "title": "How we deploy",
    "metadata": {"author": "ann", "tags": ["ops"]},
}
CODE = {"source": "median.py", "content": "def median(numbers):\n    return sorted(numbers)[len(numbers) // 2]\n"}


async def test_an_anonymous_caller_is_asked_to_log_in(house: House) -> None:
    assert (await house.client.post("/api/rag/ingest", json={"items": [GUIDE]})).status_code == 401


async def test_what_is_sent_in_is_found_with_its_metadata(post: Post) -> None:
    report = await post.send(GUIDE, CODE)
    assert (report["processed"], report["pending"], report["failures"]) == (2, 0, [])
    assert report["generation"] > 0
    hit = (await post.hits("how do we put a proxy in front"))[0]
    assert (hit["source"], hit["path"], hit["language"]) == ("documents", "notes/deploying.md", "markdown")
    assert (hit["metadata"]["title"], hit["metadata"]["author"]) == ("How we deploy", "ann")
    assert "similarity" in hit["metadata"]
    (code,) = await post.hits("median of numbers", language="python")
    assert (code["symbol"], code["path"], "title" in code["metadata"]) == ("median", "median.py", False)
    answer = await post.house.client.post("/api/search/hybrid", json={"query": "median", "source": "documents"})
    assert answer.json()["results"][0]["path"] == "median.py"


async def test_the_same_again_is_unchanged_and_not_indexed_again(post: Post) -> None:
    await post.send(GUIDE)
    before = await post.rows("SELECT id FROM chunks")
    report = await post.send(GUIDE)
    assert (report["unchanged"], report["processed"]) == (1, 0)
    assert await post.rows("SELECT id FROM chunks") == before


async def test_force_indexes_again(post: Post) -> None:
    first = await post.send(GUIDE)
    before = await post.rows("SELECT id FROM chunks")
    report = await post.send(GUIDE, force=True)
    assert (report["unchanged"], report["processed"]) == (0, 1)
    assert report["generation"] > first["generation"]
    assert not set(before) & set(await post.rows("SELECT id FROM chunks"))


async def test_changed_content_replaces_the_document(post: Post) -> None:
    await post.send(GUIDE)
    await post.send({**GUIDE, "content": "# Deploying\n\nUse caddy instead.\n"})
    texts = [row.text for row in await post.rows("SELECT text FROM chunks")]
    assert len(texts) == 1
    assert "caddy" in texts[0]


async def test_a_new_title_alone_embeds_nothing(post: Post) -> None:
    await post.send(GUIDE)
    before = await post.rows("SELECT id FROM chunks")
    report = await post.send({**GUIDE, "title": "Deployment"})
    assert (report["processed"], report["unchanged"]) == (1, 0)
    assert await post.rows("SELECT id FROM chunks") == before
    assert (await post.documents())[0]["title"] == "Deployment"


BAD: dict[str, dict[str, Any]] = {
    "climbs": {"source": "../etc/passwd", "content": "x"},
    "NUL in its name": {"source": "a\0b", "content": "x"},
    "nameless": {"source": " / ", "content": "x"},
    "long name": {"source": "a" * 1001, "content": "x"},
    "blank": {"source": "blank.md", "content": " \n"},
    "binary": {"source": "binary.md", "content": "a\0b"},
    "secret": {"source": "config/.env", "content": "PASSWORD=x"},
    "large": {"source": "large.txt", "content": "word word\n" * 210_000},
    "machine-written": {"source": "min.js", "content": "x" * 30_000},
    "NUL in its metadata": {"source": "m.md", "content": "x", "metadata": {"a": ["\0"]}},
    "huge metadata": {"source": "n.md", "content": "x", "metadata": {"a": "x" * 20_000}},
    "number without end": {"source": "o.md", "content": "x", "metadata": {"a": 10**30}},
}


async def test_each_that_is_refused_is_named_and_the_others_are_indexed(post: Post) -> None:
    report = await post.send(GUIDE, *BAD.values(), {**GUIDE, "source": "./notes//deploying.md"})
    assert (report["processed"], report["failed"]) == (1, len(BAD) + 1)
    assert [failure["source"] for failure in report["failures"]] == [
        *(item["source"] for item in BAD.values()),
        "./notes//deploying.md",
    ]
    assert all(failure["reason"] for failure in report["failures"])
    assert [row.path for row in await post.rows("SELECT path FROM files")] == ["notes/deploying.md"]


WITHOUT_FORM: list[dict[str, Any]] = [
    {},
    {"items": []},
    {"items": [{"source": "a"}]},
    {"items": [GUIDE], "unknown": 1},
    {"items": [{**GUIDE, "title": "a\0"}]},
    {"items": [GUIDE], "wait_ms": -1},
    {"items": [{"source": "a", "content": "x"}] * 1001},
]


async def test_a_request_without_form_is_422(idle_post: Post) -> None:
    for body in WITHOUT_FORM:
        answer = await idle_post.house.client.post("/api/rag/ingest", json=body, headers=idle_post.ann)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input"), body


async def test_half_a_surrogate_pair_fails_its_document(post: Post) -> None:
    headers = {**post.ann, "Content-Type": "application/json"}
    half = '"\\ud800"'
    for item, status in (
        (f'{{"source": "a", "content": {half}}}', 200),
        (f'{{"source": {half}, "content": "x"}}', 422),
        (f'{{"source": "a", "content": "x", "title": {half}}}', 422),
        (f'{{"source": "a", "content": "x", "metadata": {{"b": {half}}}}}', 200),
    ):
        answer = await post.house.client.post("/api/rag/ingest", content=f'{{"items": [{item}]}}', headers=headers)
        assert answer.status_code == status, item
        assert status == 422 or answer.json()["failed"] == 1
    assert await post.rows("SELECT 1 FROM files") == []


async def test_without_a_worker_it_says_what_is_pending_and_goes_on_later(idle_post: Post) -> None:
    report = await idle_post.send(GUIDE, wait_ms=50)
    assert (report["processed"], report["pending"]) == (0, 1)
    async with working(idle_post.database):
        report = await idle_post.send(GUIDE)
    assert (report["processed"] + report["unchanged"], report["pending"]) == (1, 0)


async def test_nobody_waits_for_a_source_that_is_paused(post: Post) -> None:
    await post.send(GUIDE)
    paused = await post.house.client.post("/api/rag/indexing/pause", headers=post.admin)
    assert paused.status_code == 200, paused.text
    async with asyncio.timeout(10):
        assert (await post.send(CODE, wait_ms=600_000))["pending"] == 1
    await post.house.client.post("/api/rag/indexing/resume", headers=post.admin)
    assert (await post.send(CODE))["pending"] == 0


async def test_what_is_sent_back_to_what_is_indexed_counts_a_generation(idle_post: Post) -> None:
    async with working(idle_post.database):
        first = await idle_post.send(GUIDE)
    await idle_post.send({**GUIDE, "content": "Never indexed."}, wait_ms=0)
    back = await idle_post.send(GUIDE, wait_ms=0)
    assert (back["processed"], back["pending"]) == (1, 0)
    assert back["generation"] > first["generation"]


async def test_whoever_waits_looks_when_something_changed_and_not_all_the_time(
    idle_post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = 0
    states = repository.states

    async def counted(session: AsyncSession, file_ids: Collection[int]) -> dict[int, State]:
        nonlocal looks
        looks += 1
        return await states(session, file_ids)

    monkeypatch.setattr(repository, "states", counted)
    await idle_post.send(GUIDE, wait_ms=1000)
    assert looks < 10


@pytest.mark.parametrize("asked", ["accept", "field"])
async def test_progress_is_streamed(post: Post, asked: str) -> None:
    body = {"items": [GUIDE, CODE], "stream": asked == "field"}
    headers = {**post.ann, "Accept": "application/x-ndjson" if asked == "accept" else "*/*"}
    answer = await post.house.client.post("/api/rag/ingest", json=body, headers=headers)
    if asked == "field":
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.text.rstrip().rpartition("event: ")[2].startswith("done\n")
        return
    *progress, done = events(answer.text)
    assert {event["type"] for event in progress} == {"progress"}
    assert (done["type"], done["processed"], done["pending"]) == ("done", 2, 0)
    indexed = [event["processed"] for event in progress]
    assert indexed == sorted(indexed)


async def test_another_account_cannot_replace_it_but_an_administrator_can(post: Post) -> None:
    await post.send(GUIDE)
    report = await post.send({**GUIDE, "content": "mine now"}, who=post.bob)
    assert report["failed"] == 1
    assert "another account" in report["failures"][0]["reason"]
    report = await post.send({**GUIDE, "content": "tidied"}, who=post.admin)
    assert report["processed"] == 1
    assert (await post.send({**GUIDE, "content": "ann again"}))["processed"] == 1


async def test_two_accounts_that_claim_a_name_at_once_do_not_both_get_it(post: Post) -> None:
    reports = await asyncio.gather(
        post.send({**GUIDE, "content": "of ann"}), post.send({**GUIDE, "content": "of bob"}, who=post.bob)
    )
    assert sorted(report["failed"] for report in reports) == [0, 1]
    assert len(await post.rows("SELECT 1 FROM sources WHERE path IS NULL")) == 1


async def test_a_directory_named_documents_keeps_its_name(post: Post) -> None:
    async with post.database.transaction() as session:
        await session.execute(text("INSERT INTO sources (name, path) VALUES ('documents', '/somewhere')"))
    await post.send(GUIDE)
    assert (await post.documents())[0]["source"] == "documents-2"
