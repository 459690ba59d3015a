"""The loop of the world: inputs as soon as they come, ticks when they are due, and all that changed saved together.

An input is applied between two ticks, and acknowledged by the transaction that also holds its tick, its result and the
state after it. So a kill at any moment leaves a state that has exactly the inputs that were answered, and whoever reads
the saved state finds their own.
"""

import asyncio
from time import perf_counter
from typing import Any
from uuid import UUID

import asyncpg
import structlog

from app.services.ecs.channels import INPUTS, LOOK, REPLACED
from app.services.ecs.commands import apply
from app.services.ecs.engine import repository
from app.services.ecs.engine.pace import Pace
from app.services.ecs.state.form import FORM
from app.services.ecs.state.world import SCALARS, World
from app.services.ecs.systems import step

log = structlog.get_logger(__name__)

SLICE_SECONDS = 0.02
"""Ticks are made for so long before inputs are looked for: an input waits so long at most, or for one tick."""

WATCHED_SECONDS = 0.1
"""From save to save while somebody watches, or as long as SAVING_SHARE allows."""

UNWATCHED_SECONDS = 5.0
"""From save to save otherwise, and while paused: a crash loses at most that many seconds of time nobody looked at."""

SAVING_SHARE = 0.2
"""Of the time, at most, goes into saving: one tick of 100 agents takes 1 ms, of 10,000 25, five seconds of them 80."""

WATCH_SECONDS = 3.0
"""How long one look counts as watching."""


class WorldReplacedError(Exception):
    """Another world is the active one now."""


class Engine:
    """Runs one world; whatever fails ends it, and the next one goes on from what was saved."""

    def __init__(self, connection: asyncpg.Connection, world_id: UUID, world: World, version: int) -> None:
        self.world = world
        self._connection = connection
        self._id = world_id
        self._version = version
        self._pace = Pace(perf_counter())
        self._wake = asyncio.Event()
        self._inputs_wait = True
        self._looked = self._saved = 0.0
        self._saving = 0.0
        self._saved_tick = -1
        self._tick_ms = 0.0
        self._replaced = False

    async def run(self) -> None:
        """Run the world for ever.

        Raises:
            WorldReplacedError: Another world is the active one.
            OSError, asyncpg.PostgresError, asyncpg.InterfaceError: The database went away.
        """
        await self._connection.add_listener(INPUTS, self._told)
        while not self._replaced:
            if self._inputs_wait:
                await self.apply_inputs()
            self._pass_time()
            if self._until_save() <= 0:
                await self.save()
            await self._rest()
        raise WorldReplacedError

    def _told(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        if payload == LOOK:
            self._looked = perf_counter()
        elif payload == REPLACED:
            self._replaced = True
        else:
            self._inputs_wait = True
        self._wake.set()

    async def apply_inputs(self) -> None:
        """Apply what was logged, at this tick, and commit it with its results."""
        self._inputs_wait = False
        async with self._connection.transaction():
            waiting = await repository.inputs_after(self._connection, self._id, self.world.clock.applied, None)
            if not waiting:
                return
            tick = self.world.clock.tick
            results: list[tuple[int, dict[str, Any]]] = [
                (item.order.number, apply(self.world, item.order, item.kind, item.payload)) for item in waiting
            ]
            await repository.save_results(self._connection, self._id, tick, results)
            await self._save_changes()
        self._inputs_wait = self._inputs_wait or len(waiting) == repository.READ_AT_ONCE

    async def save(self) -> None:
        """Save what changed."""
        async with self._connection.transaction():
            await self._save_changes()

    async def _save_changes(self) -> None:
        begun = perf_counter()
        self._version += 1
        changed = [(SCALARS, 0, self.world.scalars())]
        for name, table in self.world.tables.items():
            changed += [(name, block, table.encoded(block)) for block in table.take_changed()]
        await repository.save_blocks(self._connection, self._id, self._version, changed)
        speed = self._pace.real_speed(begun)
        await repository.save_standing(
            self._connection, self._id, self._version, FORM, self.world, speed, self._tick_ms
        )
        self._saved, self._saved_tick = perf_counter(), self.world.clock.tick
        self._saving = self._saved - begun

    def _pass_time(self) -> None:
        """Let the ticks pass that are due, for SLICE_SECONDS at most."""
        begun = now = perf_counter()
        due = self._pace.due(now, self.world.clock)
        done = 0
        while done < due and now - begun < SLICE_SECONDS:
            step(self.world)
            done += 1
            now = perf_counter()
        self._pace.passed(now, done)
        if done:
            self._tick_ms += ((now - begun) * 1000 / done - self._tick_ms) * 0.1

    def _until_save(self) -> float:
        """Return the seconds until what changed should be saved; 0 or less if that is now."""
        clock, now = self.world.clock, perf_counter()
        if self._saved_tick == clock.tick:
            return self._saved + UNWATCHED_SECONDS - now  # says that the engine lives
        if self._looked > self._saved or (clock.paused and not clock.owed):
            return 0.0
        watched = now - self._looked < WATCH_SECONDS
        every = WATCHED_SECONDS * 0.9 if watched else UNWATCHED_SECONDS  # 0.9: with the tick, not with the one after
        return self._saved + max(every, self._saving / SAVING_SHARE) - now

    async def _rest(self) -> None:
        """Wait for the next tick, the next save, or something to do."""
        left = self._pace.until_next(self.world.clock)
        seconds = max(0.0, min(UNWATCHED_SECONDS if left is None else left, self._until_save()))
        if not self._wake.is_set():
            try:
                async with asyncio.timeout(seconds):
                    await self._wake.wait()
            except TimeoutError:
                self._inputs_wait = self._inputs_wait or left is None  # a message may have been lost
        self._wake.clear()
        if self._connection.is_closed():
            raise ConnectionError("the connection that holds the lock is gone")
