"""Keeping one leg complete: embed what is missing, the newest first.

It looks at what is there, never at what happened, so it may be killed at any moment and two of them do no harm.
"""

import asyncio
from collections.abc import Sequence

import structlog

from app.core.registry.backoff import delay
from app.db.database import Database
from app.db.faults import is_unreachable
from app.services.rag import vector_repository
from app.services.rag.channels import tell_changed
from app.services.rag.embedded import embedded_text
from app.services.rag.legs import repository
from app.services.rag.legs.backends import BackendError, DimensionChanged, Embedder
from app.services.rag.legs.repository import Leg, Missing, MissingPicture
from app.services.rag.legs.settings import LegSettings

log = structlog.get_logger(__name__)

PAGE = 256
"""Chunks looked up at once. Each look passes over all that are done (40 ms at 37,000), and finds what changed since."""

PICTURES_PAGE = 64
"""Pictures looked up at once, of up to 0.3 MB each."""

IDLE_SECONDS = 60.0
"""How often a leg is looked at although nobody said that the index changed."""

GATHER_SECONDS = 0.5
"""Changes of one burst are answered by one look."""

A_FEW_FILES = 16
"""A leg that embeds on this machine waits while more files than these are pending: a first index or a new branch comes
first, a save does not stop it."""

GIVE_WAY_SECONDS = 1.0


class Filler:
    """Keeps one leg complete.

    Attributes:
        changed: Set it when the index may have changed.
    """

    def __init__(self, database: Database, embedder: Embedder) -> None:
        self.changed = asyncio.Event()
        self._database = database
        self._embedder = embedder
        self._leg: Leg | None = None
        self._tidy = False

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
                busy = await self._look()
            except Exception as error:  # the edge to the driver; anything but an absent database is passed on
                if not is_unreachable(error):
                    raise
                busy = None
            if busy is None:
                failures += 1
                await asyncio.sleep(delay(failures))
            else:
                failures = 0
                if not busy:
                    await self._wait()

    async def _look(self) -> bool | None:
        """Do one step; return whether there was work, or None when no vectors came."""
        try:
            busy = await self.step()
        except DimensionChanged as error:
            log.warning("leg_begins_anew", leg=self.settings.name, reason=str(error))
            self._leg = None
            return True
        except BackendError as error:
            if await self._note(str(error)):
                log.warning("leg_waits", leg=self.settings.name, reason=str(error))
            return None
        if await self._note(None):
            log.info("leg_goes_on", leg=self.settings.name)
        return busy

    async def step(self) -> bool:
        """Embed up to a page of chunks; return whether to look again at once.

        Raises:
            BackendError: No vectors came; what came before is kept.
        """
        if await self._gives_way():
            await asyncio.sleep(GIVE_WAY_SECONDS)
            return True
        leg = self._leg or await self._begin()
        page = await self._missing(leg)
        at_once = self.settings.batch_size * self.settings.max_concurrent
        try:
            for start in range(0, len(page), at_once):
                await self._embed(leg, page[start : start + at_once])
                if self.changed.is_set():
                    break  # what changed just now comes first
        finally:
            await self._count(leg)
        if not page and not self._tidy:
            await self._tidy_up(leg)
        return bool(page)

    async def _missing(self, leg: Leg) -> Sequence[Missing | MissingPicture]:
        async with self._database.reading() as connection:
            if leg.sees:
                return await repository.missing_pictures(connection, leg, PICTURES_PAGE)
            return await repository.missing(connection, leg, PAGE)

    async def _gives_way(self) -> bool:
        if not self.settings.local:
            return False
        async with self._database.reading() as connection:
            return await repository.pending_files(connection) > A_FEW_FILES

    async def _begin(self) -> Leg:
        """Ask the model for its dimension, and make the leg's table."""
        dimension = await self._embedder.probe()
        async with self._database.transaction() as session:
            self._leg = await repository.ensure_table(session, self.settings, dimension)
        return self._leg

    async def _embed(self, leg: Leg, chunks: Sequence[Missing | MissingPicture]) -> None:
        """Embed and keep; what the backend refuses alone, while it takes another one, is noted as refused."""
        texts = [embedded_text(item.path, item.symbol, item.text) for item in chunks if isinstance(item, Missing)]
        pictures = [item.content for item in chunks if isinstance(item, MissingPicture)]
        try:
            vectors = await (self._embedder.see(pictures) if leg.sees else self._embedder.embed(texts))
        except DimensionChanged:
            raise
        except BackendError as error:
            if not await self._answers():
                raise
            if len(chunks) > 1:
                for item in chunks:
                    await self._embed(leg, [item])
                return
            log.warning("refused", leg=self.settings.name, path=chunks[0].path, reason=str(error))
            vectors = None
        async with self._database.transaction() as session:
            for source in await repository.add(session, leg, [item.key for item in chunks], vectors):
                await tell_changed(session, source, None)

    async def _answers(self) -> bool:
        """Whether the backend embeds something harmless."""
        try:
            await self._embedder.probe()
        except BackendError:
            return False
        return True

    async def _count(self, leg: Leg) -> None:
        async with self._database.transaction() as session:
            for source in await repository.count(session, leg):
                self._tidy = False
                await tell_changed(session, source, None)

    async def _note(self, problem: str | None) -> bool:
        async with self._database.transaction() as session:
            return await repository.note(session, self.settings.name, problem)

    async def _tidy_up(self, leg: Leg) -> None:
        """Drop what is not needed any more, and build the index once it pays; there is nothing else to do now."""
        async with self._database.transaction() as session:
            await repository.collect(session, leg)
        await vector_repository.build_index_when_due(self._database, leg.table)
        self._tidy = True

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(IDLE_SECONDS):
                await self.changed.wait()
            await asyncio.sleep(GATHER_SECONDS)
        except TimeoutError:
            return
