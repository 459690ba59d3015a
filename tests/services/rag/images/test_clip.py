"""A real CLIP in its process: tiny, made on the spot, with random weights.

Skipped where sentence-transformers is not installed (`make test EXTRAS=sentence-transformers`). What the legs and the
routes make of such a model is tested always, in test_images.py.
"""

import json
import subprocess
import sys
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.core.settings import load_settings
from app.db.embedded import EmbeddedServers
from app.directory import SETTINGS
from app.services.rag.legs.backends import BackendError, make_embedder
from app.services.rag.legs.filler import Filler
from app.services.rag.legs.settings import legs_of
from tests.conftest import FreshDatabase, Serve, open_house
from tests.services.rag.documents.conftest import posted
from tests.services.rag.images.conftest import LEG, Gallery, picture, registered

pytestmark = pytest.mark.anyio

here = pytest.mark.skipif(find_spec("sentence_transformers") is None, reason="sentence-transformers is not installed")
PROGRAM = Path(__file__).with_name("tiny_clip.py")
TEXTS = ["a red sign", "where is the lighthouse? " * 40, "naïve café — 灯台"]


def run(*arguments: object, told: str = "") -> str:
    command = [sys.executable, str(PROGRAM), *map(str, arguments)]
    return subprocess.run(command, input=told, capture_output=True, text=True, check=True, timeout=100).stdout


@pytest.fixture(scope="session")
def tiny_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model with 24 dimensions."""
    directory = tmp_path_factory.mktemp("models") / "tiny-clip"
    run("make", directory, 7, 24)
    return directory


def embedder(model: Path) -> Any:
    return make_embedder(load_settings(SETTINGS), replace(LEG, model=str(model), timeout=90))


@here
async def test_words_and_pictures_are_embedded_as_the_model_itself_does(tiny_clip: Path) -> None:
    pictures = [picture("red", form="JPEG"), picture("navy", (90, 33), "JPEG")]
    clip = embedder(tiny_clip)
    try:
        assert await clip.probe() == 24
        texts, seen = await clip.embed(TEXTS), await clip.see(pictures)
    finally:
        await clip.close()
    told = json.dumps({"texts": TEXTS, "pictures": [b64encode(item).decode() for item in pictures]})
    expected = json.loads(run("ask", tiny_clip, told=told))
    assert np.allclose(texts, expected["texts"], atol=1e-4)
    assert np.allclose(seen, expected["pictures"], atol=1e-4)


@here
async def test_a_picture_that_cannot_be_read_is_told_and_the_next_one_embedded(tiny_clip: Path) -> None:
    clip = embedder(tiny_clip)
    try:
        with pytest.raises(BackendError, match="failed"):
            await clip.see([b"no picture"])
        child = clip._backend._child
        assert (await clip.see([picture("red", form="JPEG")])).shape == (1, 24)
        assert clip._backend._child is child, "the model is not loaded again for it"
    finally:
        await clip.close()


@here
async def test_a_directory_without_a_model_is_told_in_words(tmp_path: Path) -> None:
    clip = embedder(tmp_path / "nothing")
    try:
        with pytest.raises(BackendError, match="cannot be loaded"):
            await clip.probe()
    finally:
        await clip.close()


@here
async def test_pictures_are_sent_in_embedded_and_found(
    tiny_clip: Path,
    fresh_database: FreshDatabase,
    servers: EmbeddedServers,
    serve: Serve,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with open_gallery(tiny_clip, fresh_database, servers, serve, monkeypatch) as gallery:
        for colour in ("red", "green"):
            await gallery.send(f"{colour}.png", picture(colour))
        await gallery.fill()
        answer = (await gallery.ask("a red sign", top_k=5)).json()
        assert {hit["path"] for hit in answer["hits"]} == {"red.png", "green.png"}
        assert answer["model"] == f"clip:{tiny_clip}"
        rows = await gallery.post.rows("SELECT p.content, f.path FROM pictures p JOIN files f ON f.id = p.file_id")
        told = json.dumps({"texts": ["a red sign"], "pictures": [b64encode(row.content).decode() for row in rows]})
        expected = json.loads(run("ask", tiny_clip, told=told))
        cosines = np.array(expected["pictures"]) @ np.array(expected["texts"][0])
        similar = {hit["path"]: hit["metadata"]["similarity"][f"clip:{tiny_clip}"] for hit in answer["hits"]}
        for row, cosine in zip(rows, cosines, strict=True):
            assert similar[row.path] == pytest.approx(cosine, abs=2e-3), "the vectors are kept as halfvec"
        assert [hit["path"] for hit in answer["hits"]] == [rows[place].path for place in np.argsort(-cosines)]


@pytest.mark.skipif(find_spec("sentence_transformers") is not None, reason="sentence-transformers is installed")
async def test_where_the_extra_is_not_installed_it_says_how_to(
    tmp_path: Path,
    fresh_database: FreshDatabase,
    servers: EmbeddedServers,
    serve: Serve,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with open_gallery(tmp_path, fresh_database, servers, serve, monkeypatch) as gallery:
        assert (await gallery.send("red.png", picture("red")))["processed"] == 1
        assert await gallery.filler._look() is None
        await gallery.look()
        answer = await gallery.ask("red")
        assert answer.status_code == 503
        assert "not installed: start with `make run EXTRAS=sentence-transformers`" in answer.json()["detail"]


@asynccontextmanager
async def open_gallery(
    model: Path, fresh: FreshDatabase, servers: EmbeddedServers, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Gallery]:
    """Open the house as the settings say, with the leg's filler in this process."""
    monkeypatch.setenv("RAG_CLIP_MODEL", str(model))
    monkeypatch.setenv("EMBEDDING_MINILM_ENABLED", "false")
    async with open_house(fresh, servers, serve, monkeypatch) as house:
        settings = house.state["settings"]
        (leg,) = legs_of(settings)
        gallery = Gallery(await posted(house), Filler(house.service("main_database"), make_embedder(settings, leg)))
        await registered(gallery)
        try:
            yield gallery
        finally:
            await gallery.filler._embedder.close()
