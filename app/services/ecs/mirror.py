"""The world as the processes that answer know it: what the engine saved, taken over block by block when it changed."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from uuid import UUID

from app.db.database import Database
from app.db.listening import notify
from app.services.ecs import repository
from app.services.ecs.channels import INPUTS, LOOK
from app.services.ecs.errors import EngineAway
from app.services.ecs.state.table import BadBlock
from app.services.ecs.state.world import World

FRESH_SECONDS = 0.3
"""What was saved so long ago, or less, is current: while somebody watches, the engine saves every tenth of a second."""

LOOK_SECONDS = 1.0
"""From one word to the engine that somebody watches to the next; it counts for three seconds."""

LOOK_AGAIN_SECONDS = 0.05
"""The same while somebody waits for it."""

PATIENCE_SECONDS = 0.5
"""For the engine to save after it was told that somebody looks; it takes 10 ms."""

AWAY_SECONDS = 12.0
"""The engine saves every five seconds at least: one that did not for so long is away."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What the row of the world says."""

    world_id: UUID
    seed: int
    version: int
    last_input: int
    real_speed: float
    tick_ms: float
    age: float

    @property
    def running(self) -> bool:
        """Whether an engine runs the world."""
        return self.age < AWAY_SECONDS


class Mirror:
    """A copy of the world for reading, and the row beside it."""

    def __init__(self, database: Database) -> None:
        self.world = World(0)
        self.standing: Standing | None = None
        self.changed = asyncio.Event()
        self._database = database
        self._refreshing: asyncio.Task[None] | None = None
        self._next: asyncio.Task[None] | None = None
        self._looked = self._read_at = 0.0

    @property
    def running(self) -> bool:
        """Whether an engine runs the world, as far as is known."""
        return self.standing is not None and self.standing.age + monotonic() - self._read_at < AWAY_SECONDS

    def saved(self) -> None:
        """Note that the engine saved: wake whoever waits for it."""
        self.changed.set()
        self.changed = asyncio.Event()

    async def current(self) -> World:
        """Return the world as it is now: with every input that was answered before this call, and current places.

        Without an engine it is the world as it was saved last.

        Raises:
            EngineAway: There is no world yet.
        """
        changed = self.changed
        standing = await self.refreshed()
        if standing.running and not self._is_fresh(standing):
            await self.look(LOOK_AGAIN_SECONDS)
            with suppress(TimeoutError):
                async with asyncio.timeout(PATIENCE_SECONDS):
                    await changed.wait()
            await self.refreshed()
        else:
            await self.look(LOOK_SECONDS)
        return self.world

    async def look(self, after: float) -> None:
        """Tell the engine that somebody watches, unless it was told less than `after` seconds ago."""
        if monotonic() - self._looked < after:
            return
        self._looked = monotonic()
        async with self._database.transaction() as session:
            await notify(session, INPUTS, LOOK)

    async def refreshed(self) -> Standing:
        """Take over what was saved before this call, together with all who call meanwhile.

        Raises:
            EngineAway: There is no world yet.
        """
        if self._next is None:
            self._next = asyncio.create_task(self._after(self._refreshing))
        await asyncio.shield(self._next)
        if self.standing is None:
            raise EngineAway("The world begins in a moment: try again in a few seconds.")
        return self.standing

    async def _after(self, running: "asyncio.Task[None] | None") -> None:
        if running is not None:
            await asyncio.gather(running, return_exceptions=True)
        self._refreshing, self._next = self._next, None
        await self._refresh()

    async def _refresh(self) -> None:
        known = self.standing
        rows = await repository.saved(self._database, known.world_id if known else None, known.version if known else 0)
        if not rows:
            return
        first = rows[0]
        standing = Standing(
            first["id"], first["seed"], first["version"], first["last_input"], first["real_speed"], first["tick_ms"],
            first["age"],
        )  # fmt: skip
        if known is None or known.world_id != standing.world_id:
            self.world = World(standing.seed)
            rows = await repository.saved(self._database, standing.world_id, 0)
        try:
            for row in rows:
                if row["name"] is not None:
                    self.world.put(row["name"], row["block"], row["content"])
        except BadBlock as error:
            self.standing = None
            raise EngineAway("The engine is of another version than this process: restart it.") from error
        self.world.people_changed()
        self.standing, self._read_at = standing, monotonic()

    def _is_fresh(self, standing: Standing) -> bool:
        clock = self.world.clock
        return standing.age < FRESH_SECONDS or (clock.paused and not clock.owed)
