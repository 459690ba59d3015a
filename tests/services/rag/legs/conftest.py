"""A leg on the real MiniLM, or on whichever backend a test gives it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from app.services.rag.embedding import StaticEmbedding
from app.services.rag.legs import Legs, UsableLeg, repository
from app.services.rag.legs.backends import Backend, BackendError, Embedder
from app.services.rag.legs.backends.minilm import MiniLm
from app.services.rag.legs.filler import Filler
from app.services.rag.legs.settings import MINILM, MINILM_MODEL, MODALITIES, LegSettings
from app.services.rag.scope import Scope, SeenSources
from app.services.rag.service import Rag
from tests.services.rag.conftest import Workshop

LEG = LegSettings(MINILM, MINILM_MODEL, MODALITIES, timeout=30, batch_size=8, max_concurrent=1)


@pytest.fixture(scope="session")
def minilm() -> MiniLm:
    """The real model, loaded once."""
    return MiniLm()


@dataclass
class Switchable:
    """The built-in embedding behind the manner of a backend: it can be away, refuse texts, or change its dimension."""

    away: bool = False
    refuses: str | None = None
    dimension: int = 256
    asked: list[str] = field(default_factory=list)
    static: StaticEmbedding = field(default_factory=StaticEmbedding.load)

    async def embed(self, texts: Sequence[str]) -> object:
        if self.away:
            raise BackendError("it is away")
        if self.refuses and any(self.refuses in text for text in texts):
            raise BackendError("it does not like a text")
        self.asked += texts
        return [[*vector[: self.dimension - 1], 0.01] for vector in self.static.embed(texts).tolist()]

    async def close(self) -> None:
        pass


@dataclass
class Bench:
    """A workshop with one leg: its filler, and an API process that asks it."""

    workshop: Workshop
    filler: Filler
    rag: Rag

    async def fill(self) -> None:
        """Embed until nothing is missing, and let the API process know."""
        while await self.filler.step():
            pass
        await self.look()

    async def look(self) -> None:
        """Let the API process read, and ask the backend if it could answer."""
        await self.rag.refresh()
        for leg in self.rag.legs.known.values():
            if leg.serves and leg.silent:
                await self.rag.legs._ask(leg)

    @property
    def scope(self) -> Scope:
        return Scope(SeenSources(tuple(self.rag.progress.sources)))

    def usable(self) -> list[UsableLeg]:
        return self.rag.legs.usable(self.scope)

    async def paths(self, query: str) -> list[str]:
        """Return the paths of the chunks that the leg finds, best first."""
        (ranking,) = (await self.rag.legs.rankings(self.usable(), query, self.scope, 10)).values()
        found = await self.rag.chunks([item.chunk_id for item in ranking])
        return [found[item.chunk_id].path for item in ranking]

    async def truth(self) -> dict[int, tuple[int, int]]:
        """Count by another way, for each source, its chunks and those with a vector."""
        leg = (await self.workshop.rows("SELECT max(id) FROM legs"))[0][0]
        rows = await self.workshop.rows(
            "SELECT source_id, count(*), (SELECT count(*) FROM chunks d WHERE d.source_id = c.source_id AND d.key IN "
            f"(SELECT key FROM leg_{leg} WHERE embedding IS NOT NULL)) FROM chunks c GROUP BY 1"
        )
        return {source: (chunks, embedded) for source, chunks, embedded in rows}


MakeBench = Callable[..., Bench]


@pytest.fixture
def make_bench(workshop: Workshop) -> MakeBench:
    """Return a function that puts a leg on a backend into the workshop."""

    def make(backend: Backend, *, allow_fallback: bool = True, **settings: Any) -> Bench:
        leg = replace(LEG, **settings)
        legs = Legs(workshop.database, [Embedder(leg, backend)], allow_fallback=allow_fallback)
        rag = Rag(workshop.database, StaticEmbedding.load(), legs)
        return Bench(workshop, Filler(workshop.database, Embedder(leg, backend)), rag)

    return make


async def registered(bench: Bench) -> None:
    """Note that the leg is configured."""
    async with bench.workshop.database.transaction() as session:
        await repository.register(session, [bench.filler.settings])
