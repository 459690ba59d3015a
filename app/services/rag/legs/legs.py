"""Asking the extra legs: which of them can answer about what, and their rankings."""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from app.core.settings import Settings
from app.db.database import Database
from app.services.rag.errors import EmbeddingUnavailable
from app.services.rag.found import Ranked
from app.services.rag.legs import repository
from app.services.rag.legs.backends import BackendError, Embedder, Vectors, make_embedder
from app.services.rag.legs.repository import Coverage
from app.services.rag.legs.settings import EmbeddingSettings, legs_of
from app.services.rag.scope import Scope

log = structlog.get_logger(__name__)

QUERY_SECONDS = 1.0
"""For the vector of a question: who is slower is left out, and asked again in the background."""

PROBE_SECONDS = 5.0
REMEMBERED = 256
"""Vectors of questions that are kept for each leg: an agent asks the same thing with other filters."""


@dataclass(slots=True)
class Door:
    """A configured leg as this process sees it: whether its backend answers, and the coverage it knows of."""

    embedder: Embedder
    reason: str | None = "not asked yet"
    coverage: dict[int, Coverage] = field(default_factory=dict)
    table: str | None = None
    problem: str | None = None
    questions: OrderedDict[str, Vectors] = field(default_factory=OrderedDict)

    @property
    def name(self) -> str:
        """What the leg is called in answers."""
        return self.embedder.leg.name


@dataclass(frozen=True, slots=True)
class Usable:
    """A leg that can answer a question now, about these sources."""

    door: Door
    table: str
    sources: tuple[int, ...]

    @property
    def identity(self) -> tuple[str, tuple[int, ...]]:
        """What of it an answer depends on, beside the generations of the sources."""
        return self.door.name, self.sources


class Legs:
    """The extra legs of this process; with none configured nothing here costs anything."""

    def __init__(self, database: Database, embedders: Sequence[Embedder], *, allow_fallback: bool) -> None:
        self.doors = [Door(embedder) for embedder in embedders]
        self._database = database
        self._allow_fallback = allow_fallback

    async def follow(self) -> None:
        """Knock where nobody answers, for ever, so that no question has to wait for it."""
        while self.doors:
            await asyncio.gather(*(self._knock(door) for door in self.doors if door.reason is not None))
            await asyncio.sleep(PROBE_SECONDS)

    async def _knock(self, door: Door) -> None:
        try:
            await door.embedder.embed(["def probe(): ..."])
        except BackendError as error:
            door.reason = str(error)
            return
        door.reason = None
        log.info("leg_answers", leg=door.name)

    async def refresh(self, connection: AsyncConnection) -> None:
        """Read how far each leg is."""
        if not self.doors:
            return
        rows = await repository.coverage(connection)
        for door in self.doors:
            mine = [row for row in rows if row.name == door.name]
            door.coverage = {row.source_id: row for row in mine if row.source_id}
            door.table = f"leg_{mine[0].leg_id:d}" if mine else None
            door.problem = mine[0].problem if mine else None

    def usable(self, scope: Scope) -> list[Usable]:
        """Return the legs that can answer about `scope`.

        Raises:
            EmbeddingUnavailable: One that should answer does not, and EMBEDDING_ALLOW_FALLBACK is false.
        """
        found = []
        for door in self.doors:
            if scope.modality and scope.modality not in door.embedder.leg.modalities:
                continue
            sources = tuple(
                source for source in scope.sources if (known := door.coverage.get(source)) and known.complete
            )
            if not sources or door.table is None:
                continue
            if door.reason is None:
                found.append(Usable(door, door.table, sources))
            elif not self._allow_fallback:
                raise EmbeddingUnavailable(
                    f"{door.name} does not answer ({door.reason}), and EMBEDDING_ALLOW_FALLBACK=false.",
                    headers={"Retry-After": str(round(PROBE_SECONDS))},
                )
        return found

    async def rank(self, usable: Usable, query: str, scope: Scope, limit: int) -> list[Ranked]:
        """Return the chunks nearest in meaning on that leg.

        Raises:
            BackendError: The vector of the question did not come; the leg is left out until it answers again.
        """
        vector = await self._vector(usable.door, query)
        async with self._database.reading() as connection:
            return await repository.rank(
                connection, usable.table, vector, replace(scope, sources=usable.sources), limit
            )

    async def _vector(self, door: Door, query: str) -> Vectors:
        if (known := door.questions.get(query)) is not None:
            door.questions.move_to_end(query)
            return known
        try:
            vector: Vectors = (await door.embedder.embed([query], QUERY_SECONDS))[0]
        except BackendError as error:
            door.reason = str(error)
            log.warning("leg_lost", leg=door.name, reason=door.reason)
            raise
        door.questions[query] = vector
        if len(door.questions) > REMEMBERED:
            door.questions.popitem(last=False)
        return vector

    def shares(self) -> Mapping[str, tuple[int, float]]:
        """Return, by leg, how many chunks have a vector, and their share of those it is for."""
        found = {}
        for door in self.doors:
            total = sum(row.chunks for row in door.coverage.values())
            there = total - sum(row.missing for row in door.coverage.values())
            found[door.name] = there, (there / total if total else 0.0)
        return found

    async def close(self) -> None:
        """Let go of the backends."""
        for door in self.doors:
            await door.embedder.close()


def make_legs(database: Database, settings: Settings) -> Legs:
    """Return the legs that the settings ask for."""
    embedders = [make_embedder(settings, leg) for leg in legs_of(settings)]
    return Legs(database, embedders, allow_fallback=settings.of(EmbeddingSettings).allow_fallback)
