"""The process that embeds for the extra legs what they miss: `python -m` it with orders on standard input.

It looks at what is there, never at what happened, so it may be killed at any moment and two of them do no harm.
"""

import asyncio
from collections.abc import Sequence

import structlog

from app.core.logging import configure_logging
from app.core.registry.backoff import delay
from app.core.settings import Settings, load_settings
from app.db.database import Database
from app.db.faults import is_unreachable
from app.db.listening import listening
from app.services.ollama.settings import OllamaSettings
from app.services.rag.channels import CHANGES, tell_changed
from app.services.rag.embedded import embedded_text
from app.services.rag.indexing import manifest_repository as manifest
from app.services.rag.indexing.children import Orders, as_child
from app.services.rag.legs import repository
from app.services.rag.legs.backends import BackendError, Embedder, make_embedder
from app.services.rag.legs.repository import Leg, Missing
from app.services.rag.legs.settings import EmbeddingSettings, HuggingFaceSettings, LegSettings, OpenAISettings, legs_of
from app.services.rag.settings import RagSettings

log = structlog.get_logger(__name__)

PAGE = 2_000
"""Chunks looked up at once: each look passes all that are done already."""

IDLE_SECONDS = 10.0
"""How often a leg is looked at although nobody said that the index changed."""

GATHER_SECONDS = 1.0
"""Changes of one burst are answered by one look."""

INDEX_FROM = 10_000
"""Vectors from which on an HNSW index is built: below, a scan of all takes under 10 ms and is exact."""

SLICES = (RagSettings, EmbeddingSettings, OpenAISettings, HuggingFaceSettings, OllamaSettings)


class Filler:
    """Keeps one leg complete."""

    def __init__(self, database: Database, embedder: Embedder) -> None:
        self._database = database
        self._embedder = embedder
        self._leg: Leg | None = None
        self.changed = asyncio.Event()

    @property
    def settings(self) -> LegSettings:
        """The leg as it was asked for."""
        return self._embedder.leg

    async def run(self) -> None:
        """Embed what is missing, for ever; wait longer and longer while the backend or the database is away."""
        failures = 0
        while True:
            self.changed.clear()
            try:
                busy = await self.step()
            except BackendError as error:
                failures += 1
                if failures == 1:
                    log.warning("leg_waits", leg=self.settings.name, reason=str(error))
                await self._note(str(error))
                await asyncio.sleep(delay(failures))
                continue
            except Exception as error:  # the edge to the driver; anything but an absent database is passed on
                if not is_unreachable(error):
                    raise
                failures += 1
                await asyncio.sleep(delay(failures))
                continue
            if failures:
                log.info("leg_found", leg=self.settings.name)
            failures = 0
            if not busy:
                await self._wait()

    async def step(self) -> bool:
        """Embed up to a page of chunks; return whether there were any.

        Raises:
            BackendError: No vectors came; what came before is kept.
        """
        leg = self._leg or await self._begin()
        async with self._database.reading() as connection:
            page = await repository.missing(connection, leg, PAGE)
        at_once = self.settings.batch_size * self.settings.max_concurrent
        try:
            for start in range(0, len(page), at_once):
                await self._embed(leg, page[start : start + at_once])
        finally:
            await self._count(leg, None)
        if not page:
            await self._tidy(leg)
        return bool(page)

    async def _begin(self) -> Leg:
        """Ask the model for its dimension, and make the leg's table."""
        probe = await self._embedder.embed(["def probe(): ..."])
        async with self._database.transaction() as session:
            self._leg = await repository.ensure_leg(session, self.settings, probe.shape[1])
        return self._leg

    async def _embed(self, leg: Leg, chunks: Sequence[Missing]) -> None:
        """Embed and keep; a text that the backend refuses alone, while it takes another one, is noted as refused."""
        texts = [embedded_text(item.path, item.symbol, item.text) for item in chunks]
        try:
            vectors = await self._embedder.embed(texts)
        except BackendError:
            if len(chunks) == 1 or not await self._answers():
                raise
            for item in chunks:
                await self._embed_alone(leg, item)
            return
        async with self._database.transaction() as session:
            await repository.add(session, leg, [item.key for item in chunks], vectors)

    async def _embed_alone(self, leg: Leg, item: Missing) -> None:
        try:
            vectors = await self._embedder.embed([embedded_text(item.path, item.symbol, item.text)])
        except BackendError as error:
            if not await self._answers():
                raise
            log.warning("text_refused", leg=self.settings.name, path=item.path, reason=str(error))
            vectors = None
        async with self._database.transaction() as session:
            await repository.add(session, leg, [item.key], vectors)

    async def _answers(self) -> bool:
        """Whether the backend embeds a harmless text."""
        try:
            await self._embedder.embed(["def probe(): ..."])
        except BackendError:
            return False
        return True

    async def _count(self, leg: Leg, problem: str | None) -> None:
        """Write down how far the leg is; answers about sources that gained by it count as another generation."""
        async with self._database.transaction() as session:
            for source in await repository.count(session, leg, problem):
                await tell_changed(session, source, await manifest.next_generation(session, source))

    async def _note(self, problem: str) -> None:
        try:
            if self._leg is not None:
                await self._count(self._leg, problem)
        except Exception as error:  # the edge to the driver; the database is away as well
            if not is_unreachable(error):
                raise

    async def _tidy(self, leg: Leg) -> None:
        async with self._database.transaction() as session:
            await repository.collect(session, leg)
        options = self._database.engine.execution_options(isolation_level="AUTOCOMMIT")
        async with options.connect() as connection:
            if not await repository.has_index(connection, leg) and await repository.size(connection, leg) >= INDEX_FROM:
                await repository.build_index(connection, leg)

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(IDLE_SECONDS):
                await self.changed.wait()
            await asyncio.sleep(GATHER_SECONDS)
        except TimeoutError:
            return


async def fill(database: Database, settings: Settings) -> None:
    """Keep every configured leg complete, for ever."""
    embedders = [make_embedder(settings, leg) for leg in legs_of(settings)]
    fillers = [Filler(database, embedder) for embedder in embedders]

    def wake(_: str) -> None:
        for filler in fillers:
            filler.changed.set()

    try:
        async with database.transaction() as session:
            await repository.still_wanted(session, [filler.settings.name for filler in fillers])
        async with listening(database, CHANGES, wake), asyncio.TaskGroup() as group:
            for filler in fillers:
                group.create_task(filler.run(), name=f"leg {filler.settings.name}")
    finally:
        for embedder in embedders:
            await embedder.close()


async def serve(orders: Orders) -> None:
    """Fill until the parent ends."""
    settings = load_settings(SLICES)
    database = Database(orders.database_url, pool_size=4)
    try:
        await fill(database, settings)
    finally:
        await database.close()


if __name__ == "__main__":
    configure_logging(load_settings([]))
    asyncio.run(as_child(serve))
