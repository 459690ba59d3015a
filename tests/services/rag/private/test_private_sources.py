"""A private source is its administrator's: for all others there is none of that name, id or directory."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from app.db.embedded import EmbeddedServers
from app.services.rag.indexing import manifest_repository as manifest
from app.services.rag.indexing.rules import Rules
from app.services.rag.indexing.scanner import Scanner
from tests.conftest import PASSWORD, FreshDatabase, Serve, open_house
from tests.services.rag.documents.conftest import Post, posted, working

pytestmark = pytest.mark.anyio


@pytest.fixture
async def post(
    tmp_path: Path,
    fresh_database: FreshDatabase,
    servers: EmbeddedServers,
    serve: Serve,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Post]:
    """Two administrators, `admin` and ann, who may add directories below `tmp_path`."""
    monkeypatch.setenv("RAG_ALLOWED_ROOTS", str(tmp_path))
    async with open_house(fresh_database, servers, serve, monkeypatch) as house:
        found = await posted(house)
        async with house.service("auth_database").transaction() as session:
            await session.execute(text("UPDATE users SET role = 'admin' WHERE username = 'ann'"))
        body = {"username": "ann", "password": PASSWORD}
        token = (await house.client.post("/api/auth/login", json=body)).json()["access_token"]
        yield replace(found, ann={"Authorization": f"Bearer {token}"})


def directory(root: Path, name: str, word: str) -> str:
    place = root / name
    place.mkdir()
    (place / "notes.md").write_text(f"# Notes\n\nThe {word} blooms behind the shed.\n")
    return str(place)


async def add(post: Post, who: dict[str, str], **fields: Any) -> Any:
    return await post.house.client.post("/api/rag/sources", json=fields, headers=who)


async def index(post: Post) -> None:
    """Scan every directory and index what is there."""
    async with post.database.reading() as connection:
        watched = await manifest.watched_sources(connection)
    for source in watched:
        await Scanner(post.database, source, Rules(), 100_000).scan(source.scan_requested)
    async with working(post.database):
        answer = await post.house.client.post("/api/rag/query", json={"q": "x", "wait_ms": 5000}, headers=post.admin)
    assert answer.json()["pending"] == 0


async def test_it_is_found_and_listed_for_its_administrator_alone(post: Post, tmp_path: Path) -> None:
    await add(post, post.admin, name="garden", path=directory(tmp_path, "garden", "foxglove"))
    mine = await add(post, post.ann, name="shed", path=directory(tmp_path, "shed", "aconite"), visibility="private")
    assert (mine.status_code, mine.json()["visibility"]) == (200, "private")
    await index(post)
    number = mine.json()["id"]
    for who, names in (
        (post.ann, {"garden", "shed"}),
        (post.admin, {"garden"}),
        (post.bob, {"garden"}),
        ({}, {"garden"}),
    ):
        client = post.house.client
        assert {item["name"] for item in (await client.get("/api/rag/sources", headers=who)).json()} == names
        hits = (await client.post("/api/rag/query", json={"q": "what blooms behind the shed"}, headers=who)).json()
        assert {hit["source"] for hit in hits["hits"]} == names
        for name in (str(number), "shed"):
            status = (await client.get(f"/api/rag/sources/{name}", headers=who)).status_code
            assert status == (200 if who is post.ann else 404)
    unknown = await post.house.client.get("/api/rag/sources/nothing", headers=post.admin)
    hidden = await post.house.client.get("/api/rag/sources/shed", headers=post.admin)
    assert unknown.json()["detail"].replace("nothing", "shed") == hidden.json()["detail"]


async def test_its_name_and_its_directory_are_free_for_others(post: Post, tmp_path: Path) -> None:
    place = directory(tmp_path, "shed", "aconite")
    first = await add(post, post.ann, name="shed", path=place, visibility="private")
    again = await add(post, post.ann, name="shed", path=place, visibility="private")
    assert (first.status_code, again.status_code, again.json()["code"]) == (200, 409, "source_exists")
    theirs = await add(post, post.admin, name="shed", path=place, visibility="private")
    shared = await add(post, post.admin, name="shed", path=place)
    assert (theirs.status_code, shared.status_code) == (200, 200)
    named = await post.house.client.get("/api/rag/sources/shed", headers=post.ann)
    assert named.json()["id"] == first.json()["id"], "what is one's own comes before what is shared"


async def test_what_everybody_sees_cannot_be_added_as_private(post: Post, tmp_path: Path) -> None:
    place = directory(tmp_path, "garden", "foxglove")
    await add(post, post.admin, name="garden", path=str(tmp_path))
    refused = await add(post, post.ann, name="mine", path=place, visibility="private")
    assert (refused.status_code, refused.json()["code"]) == (422, "path_not_allowed")
    assert "'garden', which is shared" in refused.json()["detail"]


async def test_a_private_source_of_the_watch_root_does_not_become_what_everybody_sees(
    post: Post, tmp_path: Path
) -> None:
    mine = await add(post, post.ann, name=tmp_path.name, path=str(tmp_path), visibility="private")
    async with post.database.transaction() as session:
        shared = await manifest.ensure_source(session, tmp_path.name, str(tmp_path))
    assert shared != mine.json()["id"]
    rows = await post.rows("SELECT id, name, visibility FROM sources ORDER BY id")
    assert [tuple(row) for row in rows] == [
        (mine.json()["id"], tmp_path.name, "private"),
        (shared, tmp_path.name, "shared"),
    ]


async def test_everything_private_of_an_owner_goes_with_the_account(post: Post, tmp_path: Path) -> None:
    await add(post, post.ann, name="shed", path=directory(tmp_path, "shed", "aconite"), visibility="private")
    async with working(post.database):
        for who in (post.ann, post.bob):
            await post.send({"source": "note.md", "content": "monkshood"}, who=who, visibility="private")
        await post.send({"source": "open.md", "content": "foxglove"})
    owner = (await post.house.client.get("/api/auth/me", headers=post.ann)).json()["id"]
    gone = await post.house.client.delete(f"/api/auth/users/{owner}", headers=post.admin)
    assert gone.status_code == 200, gone.text
    left = await post.rows("SELECT name, visibility, CAST(owner_id AS text) = :ann AS hers FROM sources", ann=owner)
    assert sorted(tuple(row) for row in left) == [
        ("documents", "shared", None),
        ("private-documents", "private", False),
    ]
    assert {hit["text"] for hit in await post.hits("a plant")} == {"foxglove"}
    assert (await post.rows("SELECT count(*) FROM files"))[0][0] == 2
