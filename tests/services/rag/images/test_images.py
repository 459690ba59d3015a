"""Pictures are found by what is on them, by a leg of their own."""

from io import BytesIO

import pytest
from PIL import Image

from tests.services.rag.documents.conftest import Post
from tests.services.rag.images.conftest import Colours, Gallery, gallery_of, picture, registered

pytestmark = pytest.mark.anyio


async def test_a_picture_is_found_by_what_is_on_it(gallery: Gallery) -> None:
    for colour in ("red", "green", "blue"):
        assert (await gallery.send(f"{colour[0]}.png", picture(colour), title=f"Number {colour[0]}"))["processed"] == 1
    await gallery.fill()
    answer = (await gallery.ask("something green", top_k=2)).json()
    (hit, _) = answer["hits"]
    assert (hit["path"], hit["source"], hit["text"], hit["metadata"]["title"]) == (
        "g.png",
        "documents",
        "Number g",
        "Number g",
    )
    assert hit["metadata"]["similarity"]["clip:colours"] > 0.9
    assert (answer["model"], answer["pending"], answer["total"]) == ("clip:colours", 0, 2)
    (first, *_) = await gallery.paths("a blue one")
    assert first == "b.png"


async def test_pictures_are_in_no_other_answer(gallery: Gallery) -> None:
    await gallery.send("r.png", picture("red"), title="A title")
    await gallery.fill()
    everything = await gallery.ask("red", modality="all")
    assert "clip" not in everything.json()["model"]
    assert all("clip" not in str(hit["metadata"]["similarity"]) for hit in everything.json()["hits"])
    stats = (await gallery.post.house.client.get("/api/rag/stats")).json()
    assert (stats["embeddings"]["clip:colours"], stats["coverage"]["clip:colours"]) == (1, 1.0)
    (leg,) = (await gallery.post.house.client.get("/api/rag/indexing")).json()["legs"]
    assert leg == {"name": "clip:colours", "chunks": 1, "embedded": 1, "status": "complete"}


async def test_filters_hold_for_pictures(gallery: Gallery) -> None:
    await gallery.send("a/one.png", picture("red"), source="a/one.png")
    await gallery.send("b/two.png", picture("red", (20, 20)), source="b/two.png")
    await gallery.fill()
    for name, value, expected in (("path", "a", ["a/one.png"]), ("path", "c", []), ("language", "python", [])):
        answer = await gallery.ask("red", who=None, **{name: value})
        assert [hit["path"] for hit in answer.json()["hits"]] == expected, name


async def test_a_picture_that_replaces_another_is_seen_anew(gallery: Gallery, colours: Colours) -> None:
    await gallery.send("sign.png", picture("red"))
    await gallery.send("other.png", picture("blue"))
    await gallery.fill()
    assert (await gallery.paths("red"))[0] == "sign.png"
    assert (await gallery.send("sign.png", picture("red")))["unchanged"] == 1
    assert (await gallery.send("sign.png", picture("green")))["processed"] == 1
    await gallery.look()
    await gallery.fill()
    assert (await gallery.paths("green"))[0] == "sign.png"
    assert (await gallery.paths("blue"))[0] == "other.png"
    assert colours.seen == 3 + 2, "each picture once, and one to try the model by who fills and by who asks"


async def test_a_text_that_replaces_a_picture_is_none(gallery: Gallery) -> None:
    await gallery.send("sign.png", picture("red"))
    await gallery.fill()
    assert await gallery.paths("red") == ["sign.png"]
    await gallery.post.send({"source": "sign.png", "content": "a text"}, wait_ms=0)
    await gallery.look()
    assert await gallery.paths("red") == []
    assert await gallery.post.rows("SELECT 1 FROM pictures") == []


async def test_a_new_model_sees_what_was_sent_before(gallery: Gallery) -> None:
    await gallery.send("r.png", picture("red"))
    await gallery.fill()
    newer = gallery_of(gallery.post, Colours(), model="newer")
    await registered(newer)
    for _ in ("before this process knows the leg", "and after"):
        answer = await newer.ask("red")
        assert (answer.status_code, "0 of 1 pictures embedded" in answer.json()["detail"]) == (503, True)
        await newer.look()
    await newer.fill()
    answer = (await newer.ask("red")).json()
    assert ([hit["path"] for hit in answer["hits"]], answer["model"]) == (["r.png"], "clip:newer")


async def test_what_has_no_vector_yet_is_pending(gallery: Gallery) -> None:
    await gallery.send("r.png", picture("red"))
    await gallery.fill()
    await gallery.send("b.png", picture("blue"))
    await gallery.filler._count(await gallery.filler._begin())
    await gallery.look()
    answer = (await gallery.ask("red")).json()
    assert ([hit["path"] for hit in answer["hits"]], answer["pending"]) == (["r.png"], 1)
    await gallery.fill()
    answer = (await gallery.ask("red")).json()
    assert ([hit["path"] for hit in answer["hits"]], answer["pending"]) == (["r.png", "b.png"], 0)


async def test_one_picture_under_two_names_is_embedded_once_and_found_twice(gallery: Gallery) -> None:
    for name in ("one.png", "two.png"):
        await gallery.send(name, picture("red"))
    await gallery.fill()
    assert sorted(await gallery.paths("red")) == ["one.png", "two.png"]
    assert (await gallery.post.rows("SELECT count(*) FROM leg_1"))[0][0] == 1


async def test_a_private_picture_is_seen_by_its_owner_alone(gallery: Gallery) -> None:
    post = gallery.post
    await gallery.send("open.png", picture("red"))
    await gallery.send("mine.png", picture("red", (30, 30)), visibility="private")
    await gallery.fill()
    assert sorted(await gallery.paths("red", post.ann)) == ["mine.png", "open.png"]
    for who in ({}, post.bob, post.admin):
        assert await gallery.paths("red", who) == ["open.png"]


async def test_what_is_kept_of_a_picture_is_small(gallery: Gallery) -> None:
    await gallery.send("large.png", picture("red", (4000, 2000)))
    ((content,),) = await gallery.post.rows("SELECT content FROM pictures")
    kept = Image.open(BytesIO(content))
    assert (kept.size, kept.format) == ((512, 256), "JPEG")


async def test_a_deleted_picture_is_gone(gallery: Gallery) -> None:
    await gallery.send("r.png", picture("red"))
    await gallery.fill()
    (item,) = await gallery.post.documents()
    client = gallery.post.house.client
    assert (await client.delete(f"/api/rag/documents/{item['id']}", headers=gallery.post.ann)).status_code == 200
    assert await gallery.post.rows("SELECT 1 FROM pictures") == []
    assert await gallery.paths("red") == []


async def test_without_a_model_it_says_what_to_set(idle: Post) -> None:
    answer = await idle.house.client.get("/api/rag/search", params={"q": "red", "modality": "images"})
    assert (answer.status_code, answer.json()["code"]) == (503, "images_unavailable")
    assert "RAG_CLIP_MODEL" in answer.json()["detail"]
    assert "make run EXTRAS=sentence-transformers" in answer.json()["detail"]
    assert "captions" not in answer.json()["detail"]
    assert answer.headers["Retry-After"] == "5"


@pytest.fixture
async def idle(gallery: Gallery) -> Post:
    """A house in which no leg sees."""
    gallery.post.house.service("rag").legs.known.clear()
    return gallery.post


async def test_where_pictures_are_described_it_says_so(gallery: Gallery, idle: Post) -> None:
    await gallery.send("r.png", picture("red"), title="A red sign")
    detail = (await gallery.ask("red")).json()["detail"]
    assert detail.endswith(" modality=captions finds pictures by what is written of them.")
    answer = await gallery.ask("a red sign", modality="captions")
    assert [hit["path"] for hit in answer.json()["hits"]] == ["r.png"]


async def test_a_model_that_is_away_is_503_and_comes_back(gallery: Gallery, colours: Colours) -> None:
    await registered(gallery)
    assert await gallery.paths("red") == [], "there are no pictures"
    await gallery.send("r.png", picture("red"))
    colours.away = True
    assert await gallery.filler._look() is None
    await gallery.look()
    waiting = await gallery.ask("red")
    assert (waiting.status_code, "waits: it is away" in waiting.json()["detail"]) == (503, True)
    colours.away = False
    await gallery.fill()
    assert await gallery.paths("red") == ["r.png"]
    colours.away = True
    lost = await gallery.ask("green")
    assert (lost.status_code, "does not answer" in lost.json()["detail"]) == (503, True)
    colours.away = False
    await gallery.look()
    assert await gallery.paths("green") == ["r.png"]
