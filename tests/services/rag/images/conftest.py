"""Pictures that are sent in, and a leg that sees them."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from io import BytesIO
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

from app.db.embedded import EmbeddedServers
from app.services.rag.legs import Legs, repository
from app.services.rag.legs.backends import BackendError, Embedder
from app.services.rag.legs.filler import Filler
from app.services.rag.legs.settings import CLIP, IMAGES, LegSettings
from tests.conftest import FreshDatabase, Serve, open_house
from tests.services.rag.documents.conftest import Post, posted, working

LEG = LegSettings(CLIP, "colours", (IMAGES,), timeout=60, batch_size=2, max_concurrent=1)
PRIMARY = {"red": (255, 0, 0), "green": (0, 255, 0), "blue": (0, 0, 255)}


def picture(colour: str, size: tuple[int, int] = (40, 30), form: str = "PNG") -> bytes:
    """Return a picture of one colour."""
    made = BytesIO()
    Image.new("RGB", size, colour).save(made, form)
    return made.getvalue()


@dataclass
class Colours:
    """A model with words and pictures in one space, that of colours; it can be away."""

    away: bool = False
    seen: int = 0
    asked: list[str] = field(default_factory=list)

    async def embed(self, texts: Sequence[str]) -> object:
        if self.away:
            raise BackendError("it is away")
        self.asked += texts
        return [sum((np.array(PRIMARY.get(word, (1, 1, 1))) for word in text.split()), np.ones(3)) for text in texts]

    async def see(self, pictures: Sequence[bytes]) -> object:
        if self.away:
            raise BackendError("it is away")
        self.seen += len(pictures)
        return [np.asarray(Image.open(BytesIO(item))).reshape(-1, 3).mean(axis=0) + 1 for item in pictures]

    async def close(self) -> None:
        pass


@dataclass
class Gallery:
    """The house with accounts, and a leg that sees."""

    post: Post
    filler: Filler

    async def send(self, name: str, content: bytes, who: dict[str, str] | None = None, **data: str) -> dict[str, Any]:
        """Send a picture in, and have it indexed."""
        async with working(self.post.database):
            answer = await self.post.house.client.post(
                "/api/rag/ingest/file", files={"file": (name, content)}, data=data, headers=who or self.post.ann
            )
        assert answer.status_code == 200, answer.text
        report: dict[str, Any] = answer.json()
        return report

    async def fill(self) -> None:
        """Embed until nothing is missing, and let the API process know."""
        while await self.filler.step():
            pass
        await self.look()

    async def look(self) -> None:
        rag = self.post.house.service("rag")
        await rag.refresh()
        for leg in rag.legs.known.values():
            if leg.serves and leg.silent:
                await rag.legs._ask(leg)

    async def ask(self, question: str, who: dict[str, str] | None = None, **fields: Any) -> httpx.Response:
        query = {"q": question, "modality": "images", **fields}
        return await self.post.house.client.get("/api/rag/search", params=query, headers=who or {})

    async def paths(self, question: str, who: dict[str, str] | None = None) -> list[str]:
        answer = await self.ask(question, who)
        assert answer.status_code == 200, answer.text
        return [hit["path"] for hit in answer.json()["hits"]]


def gallery_of(post: Post, backend: Colours, **settings: Any) -> Gallery:
    """Put a leg on a backend into the running house."""
    leg = replace(LEG, **settings)
    post.house.service("rag").legs = Legs(post.database, [Embedder(leg, backend)], allow_fallback=True)
    return Gallery(post, Filler(post.database, Embedder(leg, backend)))


async def registered(gallery: Gallery) -> None:
    """Note that the leg is configured."""
    async with gallery.post.database.transaction() as session:
        await repository.register(session, [gallery.filler.settings])


@pytest.fixture(autouse=True)
def many_accounts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test registers three accounts, all from one address."""
    monkeypatch.setenv("RATE_LIMIT_AUTH", "10000/minute")


@pytest.fixture
def colours() -> Colours:
    return Colours()


@pytest.fixture
async def gallery(
    colours: Colours,
    fresh_database: FreshDatabase,
    servers: EmbeddedServers,
    serve: Serve,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Gallery]:
    monkeypatch.setenv("RAG_CLIP_MODEL", "colours")
    async with open_house(fresh_database, servers, serve, monkeypatch) as house:
        yield gallery_of(await posted(house), colours)
