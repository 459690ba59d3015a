"""Pictures sent in, and described by an Ollama that says what a test tells it to."""

from base64 import b64decode
from collections.abc import AsyncIterator

import pytest

from app.db.embedded import EmbeddedServers
from tests.conftest import FreshDatabase, Serve, open_house
from tests.peers.ollama import MODEL, OllamaPeer
from tests.services.rag.documents.conftest import Post, posted, working

pytestmark = pytest.mark.anyio

PICTURE = b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
FILE = ("diagram.png", PICTURE, "image/png")


@pytest.fixture
async def ollama(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[OllamaPeer]:
    peer = OllamaPeer(words=["A diagram ", "of a proxy before a server."])
    async with serve(peer.app()) as there:
        monkeypatch.setenv("OLLAMA_BASE_URL", str(there.base_url))
        monkeypatch.setenv("RAG_CAPTION_MODEL", MODEL)
        yield peer


@pytest.fixture
async def seeing(
    ollama: OllamaPeer,
    fresh_database: FreshDatabase,
    servers: EmbeddedServers,
    serve: Serve,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Post]:
    async with open_house(fresh_database, servers, serve, monkeypatch) as house:
        post = await posted(house)
        async with working(post.database):
            yield post


async def send(post: Post, **data: str) -> tuple[int, dict[str, object]]:
    answer = await post.house.client.post("/api/rag/ingest/file", files={"file": FILE}, data=data, headers=post.ann)
    return answer.status_code, answer.json()


async def test_a_picture_is_found_by_what_it_shows(seeing: Post, ollama: OllamaPeer) -> None:
    status, report = await send(seeing, title="Network")
    assert (status, report["processed"]) == (200, 1)
    (hit,) = await seeing.hits("proxy before a server", modality="captions")
    assert (hit["path"], hit["modality"], hit["metadata"]["title"]) == ("diagram.png", "captions", "Network")
    assert hit["text"] == "A diagram of a proxy before a server."
    (message,) = ollama.asked[0]["messages"]
    assert b64decode(message["images"][0]) == PICTURE
    assert await seeing.hits("proxy before a server", modality="code") == []


async def test_the_same_picture_is_described_once_unless_forced(seeing: Post, ollama: OllamaPeer) -> None:
    await send(seeing)
    ollama.words = ["Something else."]
    assert (await send(seeing))[1]["unchanged"] == 1
    assert (await send(seeing, source="copy.png"))[1]["processed"] == 1
    assert len(ollama.asked) == 1
    assert (await send(seeing, force="true"))[1]["processed"] == 1
    texts = {hit["path"]: hit["text"] for hit in await seeing.hits("a picture of something")}
    assert texts == {"diagram.png": "Something else.", "copy.png": "A diagram of a proxy before a server."}


async def test_a_model_that_fails_or_says_nothing_leaves_no_document(seeing: Post, ollama: OllamaPeer) -> None:
    ollama.ending = "error"
    assert (await send(seeing))[1]["code"] == "unreadable_document"
    ollama.ending, ollama.words = "done", [" "]
    assert (await send(seeing))[0] == 422
    ollama.models = []
    assert (await send(seeing))[0] == 422
    assert await seeing.documents() == []


async def test_without_a_model_a_picture_is_415(idle_post: Post) -> None:
    status, problem = await send(idle_post)
    assert (status, problem["code"]) == (415, "unsupported_document")
    assert "RAG_CAPTION_MODEL" in str(problem["detail"])


async def test_without_ollama_it_is_503(
    fresh_database: FreshDatabase, servers: EmbeddedServers, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAG_CAPTION_MODEL", MODEL)
    async with open_house(fresh_database, servers, serve, monkeypatch) as house:
        status, problem = await send(await posted(house))
    assert (status, problem["code"]) == (503, "caption_unavailable")
