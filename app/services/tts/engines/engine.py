"""An engine: as many processes as it needs at the moment, started when asked, ended when idle."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import structlog

from app.services.tts.engines.child import Child, EngineFault, EngineRefusal
from app.services.tts.engines.protocol import Order, Voice

log = structlog.get_logger(__name__)

RETRY_SECONDS = 5.0
"""How often an engine that does not work is tried without being asked: it is found again below 10 s."""

ATTEMPTS = 2
"""Over one sentence: a process that dies is no reason to stop in the middle, a sentence that kills two is."""

State = Literal["running", "idle", "failed", "absent"]


@dataclass(frozen=True, slots=True)
class Limits:
    """How long an engine has for a sentence, and after how much idleness a process ends, in seconds."""

    sentence: float
    idle: float


class Engine:
    """Speaks by processes of one program; who calls `speak` decides how many at once.

    Attributes:
        name: What people call it.
        voices: By id, as of the last greeting.
        version: Of the engine, as of the last greeting; None before.
        fault: Why it does not work, in words; None if it does.
    """

    def __init__(self, name: str, command: Sequence[str], installed: Callable[[], bool], limits: Limits) -> None:
        self.name = name
        self.voices: dict[str, Voice] = {}
        self.version: str | None = None
        self.fault: str | None = None
        self.installed = installed
        self._command = command
        self._limits = limits
        self._busy = 0
        self._idle: list[tuple[Child, float]] = []
        self._tried = 0.0

    @property
    def state(self) -> State:
        """What is to be said about it."""
        if not self.installed():
            return "absent"
        if self.fault is not None:
            return "failed"
        return "running" if self._busy or self._idle else "idle"

    async def greet(self) -> None:
        """Start a process, learn its voices, and keep it for the first sentence; a failure is in `fault`."""
        try:
            child = await self._take()
        except (EngineFault, EngineRefusal):
            return
        self.fault = None
        await self._give_back(child)

    async def speak(self, text: str, voice: Voice, speed: float) -> bytes:
        """Return the samples of a piece of text. Ends the process over it when cancelled.

        Raises:
            EngineFault: The engine failed over it, twice if it was not too slow.
            EngineRefusal: The engine says why not.
        """
        order = Order(text=text, voice=voice.id, speed=speed)
        for left in reversed(range(ATTEMPTS)):
            began = time.monotonic()
            child = await self._take()
            try:
                samples = await child.speak(order, voice.rate, self._limits.sentence)
            except EngineRefusal:
                await self._give_back(child)
                raise
            except EngineFault as error:
                await self._discard(child)
                log.warning("speech_engine_ended", engine=self.name, reason=str(error), attempts_left=left)
                if not left or time.monotonic() - began >= self._limits.sentence:
                    self._failed(str(error))
                    raise
            except BaseException:  # also when cancelled; it is passed on
                await self._discard(child)
                raise
            else:
                self.fault = None
                await self._give_back(child)
                return samples
        raise AssertionError  # the last attempt returns or raises

    async def tend(self) -> None:
        """End processes that are idle for too long, and look whether an engine that failed works again."""
        since = time.monotonic() - self._limits.idle
        ended = [child for child, at in self._idle if at < since or not child.alive]
        self._idle = [(child, at) for child, at in self._idle if child not in ended]
        for child in ended:
            await child.end()
        again = self.fault is not None or not self.voices
        if again and self.installed() and time.monotonic() - self._tried > RETRY_SECONDS:
            await self.greet()

    async def close(self) -> None:
        """End all processes that are idle; those at work end with whoever asked."""
        idle, self._idle = self._idle, []
        await asyncio.gather(*(child.end() for child, _ in idle))

    async def _take(self) -> Child:
        self._busy += 1
        try:
            while self._idle:
                child, _ = self._idle.pop()
                if child.alive:
                    return child
                await child.end()
            self._tried = time.monotonic()
            child = await Child.start(self._command)
        except BaseException as error:  # also when cancelled; it is passed on
            self._busy -= 1
            if isinstance(error, EngineFault | EngineRefusal):
                self._failed(str(error))
            raise
        self.version = child.greeting.version
        self.voices = {voice.id: voice for voice in child.greeting.voices}
        return child

    async def _give_back(self, child: Child) -> None:
        self._busy -= 1
        self._idle.append((child, time.monotonic()))

    async def _discard(self, child: Child) -> None:
        self._busy -= 1
        await child.end()

    def _failed(self, reason: str) -> None:
        if self.fault is None:
            log.warning("speech_engine_failed", engine=self.name, reason=reason)
        self.fault = reason
        self._tried = time.monotonic()
