"""Listing, reading and deleting documents."""

import asyncio

import pytest
from sqlalchemy import text

from tests.conftest import House
from tests.services.rag.documents.conftest import Post
from tests.services.rag.documents.test_ingest import CODE, GUIDE

pytestmark = pytest.mark.anyio


async def test_an_anonymous_caller_reads_and_deletes_nothing(house: House) -> None:
    assert (await house.client.get("/api/rag/documents")).json() == []
    assert (await house.client.delete("/api/rag/documents/1")).status_code == 401


async def test_the_list_is_cut_into_pages_and_counted(post: Post) -> None:
    await post.send(*({"source": f"{name}.md", "content": f"about {name}"} for name in "cab"))
    answer = await post.house.client.get("/api/rag/documents", params={"limit": 2, "offset": 1})
    assert [item["path"] for item in answer.json()] == ["b.md", "c.md"]
    assert answer.headers["X-Total-Count"] == "3"
    assert len(await post.documents(source="documents")) == 3
    unknown = await post.house.client.get("/api/rag/documents", params={"source": "nowhere"})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_source")


async def test_a_page_that_cannot_be_is_422(house: House) -> None:
    for query in ("limit=0", "limit=201", "offset=-1", "limit=x", "source=%00", "offset=99999999999"):
        assert (await house.client.get(f"/api/rag/documents?{query}")).status_code == 422, query


async def test_one_document_is_shown_with_its_text(post: Post) -> None:
    await post.send(GUIDE)
    (item,) = await post.documents()
    shown = (await post.house.client.get(f"/api/rag/documents/{item['id']}")).json()
    assert shown == {**item, "text": GUIDE["content"]}
    assert (shown["title"], shown["metadata"], shown["state"]) == (GUIDE["title"], GUIDE["metadata"], "indexed")


async def test_a_document_that_is_not_there(idle_post: Post) -> None:
    client = idle_post.house.client
    for wanted, status in (("99", 404), ("0", 422), ("x", 422), (str(2**63), 422)):
        assert (await client.get(f"/api/rag/documents/{wanted}")).status_code == status
        assert (await client.delete(f"/api/rag/documents/{wanted}", headers=idle_post.ann)).status_code == status


async def test_a_deleted_document_is_found_no_more(post: Post) -> None:
    await post.send(GUIDE, CODE)
    kept, gone = sorted(await post.documents(), key=lambda item: item["path"] != "median.py")
    answer = await post.house.client.delete(f"/api/rag/documents/{gone['id']}", headers=post.ann)
    assert answer.json() == gone
    assert [item["id"] for item in await post.documents()] == [kept["id"]]
    assert {hit["path"] for hit in await post.hits("nginx in front of the server")} == {"median.py"}
    assert await post.rows("SELECT 1 FROM chunks WHERE file_id = :id", id=gone["id"]) == []


async def test_nothing_of_a_deleted_document_is_kept(post: Post) -> None:
    await post.send(GUIDE)
    await post.send({**GUIDE, "content": "Another version."})
    (item,) = await post.documents()
    assert await post.rows("SELECT 1 FROM shelved_files") != [], "an earlier version waits for its return"
    await post.house.client.delete(f"/api/rag/documents/{item['id']}", headers=post.ann)
    for table in ("files", "file_texts", "documents", "chunks", "shelved_files", "shelved_chunks"):
        assert await post.rows(f"SELECT 1 FROM {table}") == [], table


async def test_only_its_owner_and_administrators_delete_it(post: Post) -> None:
    await post.send(GUIDE, CODE)
    first, second = await post.documents()
    client = post.house.client
    refused = await client.delete(f"/api/rag/documents/{first['id']}", headers=post.bob)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")
    assert (await client.delete(f"/api/rag/documents/{second['id']}", headers=post.admin)).status_code == 200


async def test_a_file_of_a_directory_is_listed_and_not_deleted(post: Post) -> None:
    async with post.database.transaction() as session:
        await session.execute(text("INSERT INTO sources (name, path) VALUES ('code', '/code')"))
        await session.execute(
            text("INSERT INTO files (source_id, path, size, mtime_ns, state) SELECT id, 'a.py', 1, 1, '' FROM sources")
        )
    await post.house.service("rag").refresh()
    (item,) = await post.documents()
    assert (item["path"], item["metadata"], item["owner_id"]) == ("a.py", {}, None)
    refused = await post.house.client.delete(f"/api/rag/documents/{item['id']}", headers=post.admin)
    assert (refused.status_code, refused.json()["code"]) == (409, "file_of_directory")
    shown = await post.house.client.get(f"/api/rag/documents/{item['id']}")
    assert shown.json()["text"] is None


async def test_a_document_deleted_while_it_waits_is_told(idle_post: Post) -> None:
    sending = asyncio.create_task(idle_post.send(GUIDE, wait_ms=20_000))
    while not (found := await idle_post.documents()):  # noqa: ASYNC110 - a row
        await asyncio.sleep(0.01)
    await idle_post.house.client.delete(f"/api/rag/documents/{found[0]['id']}", headers=idle_post.ann)
    report = await sending
    assert (report["failed"], report["failures"][0]["reason"]) == (1, "was deleted before it was indexed")
