"""The world as a service: whoever leads runs the engine as a child; everybody logs inputs and reads."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from time import monotonic
from typing import Any

import asyncpg
import structlog

from app.core.access import Caller
from app.core.children import Orders, keep_child
from app.core.errors import ApiError
from app.core.registry import Context
from app.db.database import Database
from app.db.leadership import leading
from app.db.listening import listening
from app.services.ecs import repository
from app.services.ecs.channels import SAVED
from app.services.ecs.commands.command import Command
from app.services.ecs.errors import EngineAway
from app.services.ecs.inbox import NOT_DONE, Inbox
from app.services.ecs.mirror import LOOK_SECONDS, Mirror, Standing
from app.services.ecs.replies import Replies
from app.services.ecs.settings import EcsSettings
from app.services.ecs.state.world import World
from app.services.ollama.service import Ollama

log = structlog.get_logger(__name__)

LEADER_KEY = 0x65637300
"""The advisory lock of whoever runs the engine (the bytes of "ecs")."""

ENGINE = "app.services.ecs.engine.process"
RETRY_SECONDS = 1.0

BEGIN_SECONDS = 15.0
"""An engine takes one to start, and many where the log is played anew."""

STEP_SECONDS = 10.0
"""For ticks that somebody waits for: below what clients and proxies wait."""


class Ecs:
    """The world: `send` changes it, `current` reads it."""

    def __init__(self, database: Database, settings: EcsSettings, ollama: Callable[[], Ollama]) -> None:
        """Take what the world stands on; `ollama` raises LookupError while none runs."""
        self.database = database
        self.settings = settings
        self.mirror = Mirror(database)
        self.inbox = Inbox(database)
        self.replies = Replies(ollama, settings.chat_model, self.answered, self.send)
        self._opened = monotonic()

    async def current(self) -> World:
        """Return the world as it is now, to be read before the next `await`; see `Mirror.current`."""
        return await self.mirror.current()

    async def answered(self) -> World:
        """Return the world with every input that was answered before this call; places may be older, see `current`."""
        await self.mirror.refreshed()
        return self.mirror.world

    @property
    def standing(self) -> Standing:
        """What the row of the world said when it was read last; `current` comes first."""
        assert self.mirror.standing is not None  # noqa: S101 - `current` raises where there is none
        return self.mirror.standing

    async def watch(self, changed: asyncio.Event) -> None:
        """Wait until the engine saved, and let it know that somebody does."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_SECONDS):
                await changed.wait()

    async def reaches(self, tick: int) -> None:
        """Wait until the world is at a tick, for STEP_SECONDS at most."""
        with suppress(TimeoutError):
            async with asyncio.timeout(STEP_SECONDS):
                changed = self.mirror.changed
                while (await self.current()).clock.tick < tick:
                    await self.watch(changed)
                    changed = self.mirror.changed

    async def send(self, command: Command, caller: Caller) -> dict[str, Any]:
        """Change the world and return what became of it; `input` is its number in the log, `tick` when it was applied.

        Raises:
            ApiError: It is not possible; what will never be is not logged.
            EngineAway: Nobody runs the world.
        """
        try:
            self._check(command)
        except ApiError:  # what was read a moment ago may be wrong by now: nobody is refused for that
            await self.mirror.refreshed()
            self._check(command)
        return await self.inbox.send(command, caller)

    def _check(self, command: Command) -> None:
        if not self.mirror.running:
            raise EngineAway(NOT_DONE)
        command.check(self.mirror.world)

    async def log(self, after: int, limit: int, *, newest_first: bool) -> tuple[int, Sequence[Any]]:
        """Return how many inputs the log has, and a part of those beyond number `after`."""
        async with self.database.reading() as connection:
            return await repository.log(connection, after, limit, newest_first=newest_first)

    async def probe(self) -> str | None:
        """Return None while an engine runs the world, or has just been started."""
        begins = monotonic() - self._opened < BEGIN_SECONDS
        try:
            standing = await self.mirror.refreshed()
        except EngineAway:
            return None if begins else "the world was not begun: the log says why its engine does not start"
        return (
            None
            if standing.running or begins
            else f"the world was not saved for {standing.age:.0f} s: no engine runs it"
        )

    def saved(self, message: str) -> None:
        """Hear that the engine saved; an empty message says that others may have been missed."""
        self.inbox.saved(int(message or 0))
        self.mirror.saved()


async def lead(database: Database) -> None:
    """Run the engine whenever this process leads, for ever."""
    url = database.url.render_as_string(hide_password=False)
    while True:
        try:
            async with leading(database, LEADER_KEY) as lost:
                engine = asyncio.create_task(keep_child(ENGINE, Orders(url, "world")))
                loss = asyncio.create_task(lost.wait())
                try:
                    await asyncio.wait((engine, loss), return_when=asyncio.FIRST_COMPLETED)
                finally:
                    for task in (engine, loss):
                        task.cancel()
                    await asyncio.gather(engine, loss, return_exceptions=True)
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            log.debug("leadership_lost", error=type(error).__name__)
        await asyncio.sleep(RETRY_SECONDS)


def ended(leader: asyncio.Task[None]) -> str:
    """Return why the world is not led any more; what the error says goes to the log, as it may be the driver's text."""
    error = leader.exception()
    log.error("ecs_leader_ended", exc_info=error)
    return f"the world's leader ended with {type(error).__name__}; the log has the details"


@asynccontextmanager
async def open_ecs(context: Context) -> AsyncIterator[Ecs]:
    """Open the world on the ECS database."""
    database = context.get("ecs_database", Database)
    ecs = Ecs(database, context.settings.of(EcsSettings), lambda: context.get("ollama", Ollama))
    leader = asyncio.create_task(lead(database), name="ecs leader")
    leader.add_done_callback(lambda done: None if done.cancelled() else context.lost(ended(done)))
    try:
        async with listening(database, SAVED, ecs.saved), ecs.inbox.running(), ecs.replies.running():
            yield ecs
    finally:
        leader.cancel()
        await asyncio.gather(leader, return_exceptions=True)
