"""Inputs on their way into the log, and requests that wait for what becomes of them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from app.core.access import Caller, Role
from app.db.database import Database
from app.db.listening import notify
from app.services.ecs import repository
from app.services.ecs.channels import INPUTS
from app.services.ecs.commands.command import Command
from app.services.ecs.errors import REFUSALS, EngineAway

WAIT_SECONDS = 5.0
"""Until a request gives up. Inputs take 15 ms; an engine that was killed is back within three seconds."""

ASK_SECONDS = 0.5
"""From one look at the results to the next when nobody tells: a message can be lost with its connection."""

MOST_WAITING = 1000
"""Inputs that one process has not logged yet; more are refused."""

AT_ONCE = 200
"""Inputs that are logged together: while one commit is on its way, the next gathers."""

NOT_DONE = "No process runs the world at the moment, and nothing was changed: try again in a few seconds."

Result = dict[str, Any]


@dataclass(slots=True, eq=False)
class Sent:
    """An input that somebody waits for."""

    row: tuple[str, dict[str, Any], str, bool]
    logged: "asyncio.Future[tuple[UUID, int, asyncio.Future[Result]]]" = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


class Inbox:
    """Logs inputs, many with one commit, and tells what became of each."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._gathering: list[Sent] = []
        self._gathered = asyncio.Event()
        self._waiting: dict[tuple[UUID, int], asyncio.Future[Result]] = {}
        self._look = asyncio.Event()
        self._applied = 0

    def saved(self, applied: int) -> None:
        """Note that inputs up to `applied` have results."""
        self._applied = applied
        if self._waiting:
            self._look.set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Log and answer for the span of the block."""
        tasks = [asyncio.create_task(part(), name=f"ecs {part.__name__}") for part in (self._log, self._answer)]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def send(self, command: Command, caller: Caller) -> Result:
        """Log an input, wait until it was applied, and return what became of it.

        Whoever stops waiting does not take it back: it is logged, and takes effect.

        Raises:
            ApiError: The engine refused it; the error is the one it raised.
            EngineAway: It was not applied in time, and will not be.
        """
        if len(self._gathering) >= MOST_WAITING:
            raise EngineAway("More inputs wait than can be logged: try again in a few seconds.")
        row = (
            command.kind,
            command.model_dump(exclude_none=True),
            str(caller.user_id or ""),
            caller.role is Role.admin,
        )
        sent = Sent(row)
        self._gathering.append(sent)
        self._gathered.set()
        world_id, number, waiting = await sent.logged
        result = await self._result(world_id, number, waiting)
        if "refused" in result:
            raise REFUSALS[result["refused"]](result["detail"])
        return {"input": number, **result}

    async def _log(self) -> None:
        while True:
            await self._gathered.wait()
            batch, self._gathering = self._gathering[:AT_ONCE], self._gathering[AT_ONCE:]
            if not self._gathering:
                self._gathered.clear()
            try:
                world_id, numbers = await self._append(batch)
            except Exception as error:  # noqa: BLE001 - the edge: each of those who wait gets it, and the next batch its turn
                for sent in batch:
                    if not sent.logged.done():
                        sent.logged.set_exception(error)
                continue
            for sent, number in zip(batch, numbers, strict=True):
                if not sent.logged.done():
                    waiting: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
                    self._waiting[world_id, number] = waiting
                    sent.logged.set_result((world_id, number, waiting))
            if self._applied >= numbers[0]:
                self._look.set()  # it was told before we waited for it

    async def _append(self, batch: list[Sent]) -> tuple[UUID, list[int]]:
        async with self._database.transaction() as session:
            found = await repository.append(session, [sent.row for sent in batch])
            await notify(session, INPUTS)
        if found is None:
            raise EngineAway(NOT_DONE)
        return found

    async def _answer(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(ASK_SECONDS if self._waiting else None):
                    await self._look.wait()
            self._look.clear()
            for world_id in {world_id for world_id, _ in self._waiting}:
                numbers = [number for of_world, number in self._waiting if of_world == world_id]
                try:
                    found = await repository.results(self._database, world_id, numbers)
                except Exception:  # noqa: BLE001, S112 - the edge: the database is away; whoever waits gives up in time
                    continue
                for number, result in found.items():
                    waiting = self._waiting.pop((world_id, number), None)
                    if waiting is not None and not waiting.done():
                        waiting.set_result(result)

    async def _result(self, world_id: UUID, number: int, waiting: "asyncio.Future[Result]") -> Result:
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                return await waiting
        except TimeoutError:
            return await self._give_up(world_id, number)
        finally:
            self._waiting.pop((world_id, number), None)

    async def _give_up(self, world_id: UUID, number: int) -> Result:
        """Withdraw an input; if it was applied at the last moment, return what became of it.

        Raises:
            EngineAway: It was withdrawn.
        """
        async with self._database.transaction() as session:
            withdrawn = await repository.withdraw(session, world_id, number)
        if withdrawn:
            raise EngineAway(NOT_DONE)
        return (await repository.results(self._database, world_id, [number]))[number]
