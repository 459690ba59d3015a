"""Asking the extra legs: which of them can answer about what, and their rankings."""

import asyncio
from collections import OrderedDict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from app.core.settings import Settings
from app.db.database import Database
from app.services.rag import vector_repository
from app.services.rag.errors import EmbeddingUnavailable
from app.services.rag.found import Ranked
from app.services.rag.legs import repository
from app.services.rag.legs.backends import BackendBusy, BackendError, DimensionChanged, Embedder, Vectors, make_embedder
from app.services.rag.legs.repository import Coverage, Leg, LegState
from app.services.rag.legs.settings import IMAGES, EmbeddingSettings, LegSettings, legs_of
from app.services.rag.scope import Scope, SeenSources
from app.services.rag.vector_repository import INDEX_FROM, table_of_leg

log = structlog.get_logger(__name__)

QUERY_SECONDS = 1.0
"""For the vector of a question: who is slower is left out, and asked again in the background."""

PROBE_SECONDS = 5.0
REMEMBERED = 256
"""Vectors of questions that are kept for each leg: an agent asks the same thing with other filters."""


@dataclass(slots=True)
class KnownLeg:
    """A configured leg as this process knows it.

    Attributes:
        embedder: Embeds questions.
        silent: Why its backend does not answer questions; None when it does.
        state: What the database knew of it when it was last read; None when nothing yet.
    """

    embedder: Embedder
    silent: str | None = "not asked yet"
    state: LegState | None = None
    questions: OrderedDict[str, Vectors] = field(default_factory=OrderedDict)

    @property
    def name(self) -> str:
        """What the leg is called in answers."""
        return self.embedder.leg.name

    @property
    def serves(self) -> bool:
        """Whether it can answer about any source."""
        return self.state is not None and any(self.covers(item) for item in self.state.coverage.values())

    def covers(self, known: Coverage) -> bool:
        """Whether it can answer about a source: once complete, or with the first picture, as no other leg sees."""
        return known.missing < known.chunks if self.embedder.leg.sees else known.complete

    def coverage(self, source_ids: Collection[int]) -> list[Coverage]:
        """Return how far it is with those of these sources that it knows."""
        known = self.state.coverage if self.state else {}
        return [known[source] for source in source_ids if source in known]

    def status(self, source_ids: Collection[int]) -> str:
        """Return in words how far it is with these sources."""
        if self.state is None:
            return "not begun"
        if self.state.problem:
            return f"waits: {self.state.problem}"
        coverage = self.coverage(source_ids)
        chunks, missing = sum(item.chunks for item in coverage), sum(item.missing for item in coverage)
        items = "pictures" if self.embedder.leg.sees else "chunks"
        if all(item.complete or not item.chunks for item in coverage):
            if self.silent and self.serves:
                return f"embedded, not answering: {self.silent}"
            return "complete" if not missing else f"complete but for {missing} {items} that are new or were refused"
        return f"{chunks - missing} of {chunks} {items} embedded"


@dataclass(frozen=True, slots=True)
class UsableLeg:
    """A leg that can answer a question now, about these sources (id, version of its vectors there) with their chunks.

    Equal ones give equal rankings of an equal index.
    """

    name: str
    leg_id: int
    sources: tuple[tuple[int, int], ...]
    chunks: int = field(compare=False)


class Legs:
    """The extra legs of this process; with none configured nothing here costs anything."""

    def __init__(self, database: Database, embedders: Sequence[Embedder], *, allow_fallback: bool) -> None:
        self.known = {embedder.leg.name: KnownLeg(embedder) for embedder in embedders}
        self._database = database
        self._allow_fallback = allow_fallback
        self._read = asyncio.Event()

    async def follow(self) -> None:
        """Ask backends that do not answer again and again, so that no question has to wait for them.

        One that could not answer about anything yet is left alone: nothing is loaded before it is of use.
        """
        while True:
            self._read.clear()
            await asyncio.gather(*(self._ask(leg) for leg in self.known.values() if leg.serves and leg.silent))
            if any(leg.serves and leg.silent for leg in self.known.values()):
                await asyncio.sleep(PROBE_SECONDS)
            else:
                await self._read.wait()

    async def _ask(self, leg: KnownLeg) -> None:
        try:
            await leg.embedder.probe()
        except BackendError as error:
            leg.silent = str(error)
            return
        leg.silent = None
        log.info("leg_answers", leg=leg.name)

    async def refresh(self, connection: AsyncConnection) -> None:
        """Read how far each leg is."""
        if not self.known:
            return
        states = await repository.states(connection, list(self.known))
        for name, leg in self.known.items():
            state = states.get(name)
            if leg.state and state and leg.state.id != state.id:
                leg.questions.clear()  # its model has another dimension now
            leg.state = state
        self._read.set()

    def usable(self, scope: Scope) -> list[UsableLeg]:
        """Return the legs that can answer about `scope`.

        Raises:
            EmbeddingUnavailable: One that should answer does not, and EMBEDDING_ALLOW_FALLBACK is false.
        """
        found = []
        for leg in self.known.values():
            if leg.state is None or not fits(leg.embedder.leg, scope):
                continue
            covered = [item for item in leg.coverage(scope.sources) if leg.covers(item)]
            if not covered:
                continue
            if leg.silent is None:
                sources = tuple((item.source_id, item.version) for item in covered)
                found.append(UsableLeg(leg.name, leg.state.id, sources, sum(item.chunks for item in covered)))
            else:
                self._tolerate(leg, leg.silent)
        return found

    async def rankings(
        self, usable: Sequence[UsableLeg], query: str, scope: Scope, limit: int
    ) -> dict[str, list[Ranked]]:
        """Return the chunks nearest in meaning on each of these legs, by its name.

        One that fails meanwhile is not among them.

        Raises:
            EmbeddingUnavailable: One failed, and EMBEDDING_ALLOW_FALLBACK is false.
        """
        ranked = await asyncio.gather(*(self._rank(leg, query, scope, limit) for leg in usable))
        return {leg.name: found for leg, found in zip(usable, ranked, strict=True) if found is not None}

    async def _rank(self, usable: UsableLeg, query: str, scope: Scope, limit: int) -> list[Ranked] | None:
        leg = self.known[usable.name]
        try:
            vector = await self._vector(leg, query)
        except BackendError as error:
            if not isinstance(error, (BackendBusy, DimensionChanged)):
                log.warning("leg_lost", leg=leg.name, reason=str(error))
                leg.silent = str(error)
                self._read.set()
            self._tolerate(leg, str(error))
            return None
        among = replace(scope, sources=SeenSources(tuple(source for source, _ in usable.sources)))
        if leg.embedder.leg.sees:
            among = replace(among, modality=None)  # it has nothing but pictures, and they are shown by their captions
        few = usable.chunks < INDEX_FROM
        table = table_of_leg(usable.leg_id, sees=leg.embedder.leg.sees)
        return await vector_repository.nearest(self._database, table, vector, among, limit, few=few)

    async def _vector(self, leg: KnownLeg, query: str) -> Vectors:
        if (known := leg.questions.get(query)) is not None:
            leg.questions.move_to_end(query)
            return known
        vector: Vectors = (await leg.embedder.embed([query], QUERY_SECONDS))[0]
        if leg.state is not None and leg.state.dimension != len(vector):
            raise DimensionChanged(f"{leg.name} has another dimension now; its vectors are made anew")
        leg.questions[query] = vector
        if len(leg.questions) > REMEMBERED:
            leg.questions.popitem(last=False)
        return vector

    async def counts(self, connection: AsyncConnection, sources: SeenSources) -> dict[str, tuple[int, int]]:
        """Count, by leg, the chunks of these sources that it is for, and those that have a vector now."""
        found = {}
        for name, leg in self.known.items():
            row = (
                None
                if leg.state is None or leg.state.dimension is None
                else Leg(leg.state.id, leg.embedder.leg.modalities)
            )
            found[name] = (0, 0) if row is None else await repository.embedded(connection, row, sources)
        return found

    def tables(self) -> list[str]:
        """Return the names of the legs' tables."""
        return [table_of_leg(leg.state.id).name for leg in self.known.values() if leg.state]

    def _tolerate(self, leg: KnownLeg, reason: str) -> None:
        """Go on without the leg, if that is allowed."""
        if not self._allow_fallback:
            raise EmbeddingUnavailable(
                f"{leg.name} does not answer ({reason}), and EMBEDDING_ALLOW_FALLBACK is false.",
                headers={"Retry-After": str(round(PROBE_SECONDS))},
            )

    async def close(self) -> None:
        """Let go of the backends."""
        for leg in self.known.values():
            await leg.embedder.close()


def fits(leg: LegSettings, scope: Scope) -> bool:
    """Whether the leg is for what is asked; one that sees is asked for pictures alone, as some are near to all."""
    if leg.sees or scope.modality is None:
        return leg.sees == (scope.modality == IMAGES)
    return scope.modality in leg.modalities


def make_legs(database: Database, settings: Settings) -> Legs:
    """Return the legs that the settings ask for."""
    embedders = [make_embedder(settings, leg) for leg in legs_of(settings)]
    return Legs(database, embedders, allow_fallback=settings.of(EmbeddingSettings).allow_fallback)
