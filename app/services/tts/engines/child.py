"""One process of an engine, from its greeting to its end: everything it says is bounded and looked at."""

import asyncio
import os
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Sequence
from contextlib import suppress

from pydantic import ValidationError

from app.core.children import ENVIRONMENT
from app.services.tts.engines.protocol import HEAD, MAX_FRAME, Greeting, Kind, Order

GREETING_SECONDS = 20.0
"""piper greets after 0.5 s on a free core; a machine that starts everything at once is 20 times as slow."""

MAX_GREETING = 1024 * 1024
"""Bytes; the 140 voices of espeak-ng take 20 KB."""

MOST_SECONDS = 240.0
"""Of speech for one piece: 300 digits, each read as a word, at half speed."""

SAMPLE_BYTES = 2
DRAIN_SECONDS = 1.0


class EngineFault(Exception):
    """The process died, hung or answered nonsense: it is of no use any more; the text says which."""


class EngineRefusal(Exception):
    """The process said in a sentence why it cannot do that."""


class Child:
    """A running process that has greeted."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self.greeting = Greeting.model_construct(version="", voices=[])

    @classmethod
    async def start(cls, command: Sequence[str]) -> "Child":
        """Start a process and wait for its greeting.

        Raises:
            EngineFault: It does not greet.
            EngineRefusal: It says why it cannot work.
        """
        try:
            process = await asyncio.create_subprocess_exec(
                *command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env=os.environ | ENVIRONMENT
            )
        except OSError as error:
            raise EngineFault("its program cannot be started") from error
        child = cls(process)
        try:
            async with asyncio.timeout(GREETING_SECONDS):
                kind, content = await child._frame(MAX_GREETING)
            child.greeting = greeting(kind, content)
        except TimeoutError as error:
            await child.end()
            raise EngineFault(f"it did not greet within {GREETING_SECONDS:g} s") from error
        except BaseException:  # also when cancelled; it is passed on
            await child.end()
            raise
        return child

    @property
    def alive(self) -> bool:
        """Whether the process has not ended."""
        return self._process.returncode is None

    async def speak(self, order: Order, rate: int, seconds: float) -> bytes:
        """Return the samples of an order.

        Args:
            order: What is to be spoken.
            rate: Samples a second of the voice.
            seconds: How long it may take.

        Raises:
            EngineFault: They did not come. The process must be ended.
            EngineRefusal: The engine says why not.
        """
        assert self._process.stdin is not None  # noqa: S101 - asked for in `start`
        try:
            async with asyncio.timeout(seconds):
                self._process.stdin.write(order.model_dump_json().encode() + b"\n")
                await self._process.stdin.drain()
                return await self._samples(int(rate * MOST_SECONDS) * SAMPLE_BYTES)
        except TimeoutError as error:
            raise EngineFault(f"it took longer than {seconds:g} s over a sentence") from error
        except ConnectionError as error:
            raise EngineFault("it died") from error

    async def _samples(self, most: int) -> bytes:
        samples = bytearray()
        while True:
            kind, content = await self._frame(MAX_FRAME)
            if kind == Kind.failed:
                raise EngineRefusal(words(content))
            if kind == Kind.done:
                break
            if kind != Kind.audio:
                raise EngineFault("it answered nonsense")
            samples += content
            if len(samples) > most:
                raise EngineFault("it did not stop speaking")
        if len(samples) % SAMPLE_BYTES:
            raise EngineFault("it answered half a sample")
        return bytes(samples)

    async def _frame(self, most: int) -> tuple[int, bytes]:
        assert self._process.stdout is not None  # noqa: S101 - asked for in `start`
        try:
            kind, length = HEAD.unpack(await self._process.stdout.readexactly(HEAD.size))
            if length > most:
                raise EngineFault("it answered nonsense")
            return kind, await self._process.stdout.readexactly(length)
        except asyncio.IncompleteReadError as error:
            raise EngineFault("it died") from error

    async def end(self) -> None:
        """Kill the process at once and wait until it is gone, also when this is cancelled."""
        if self.alive:
            with suppress(ProcessLookupError):
                self._process.kill()
        await asyncio.shield(self._gone())

    async def _gone(self) -> None:
        assert self._process.stdin is not None  # noqa: S101 - asked for in `start`
        assert self._process.stdout is not None  # noqa: S101 - same
        self._process.stdin.close()
        with suppress(TimeoutError):  # a pipe that was full is closed only when somebody empties it
            async with asyncio.timeout(DRAIN_SECONDS):
                while await self._process.stdout.read(MAX_FRAME):
                    pass
        await self._process.wait()


def greeting(kind: int, content: bytes) -> Greeting:
    """Return a greeting that came.

    Raises:
        EngineFault: It is none.
        EngineRefusal: It says why the engine cannot work.
    """
    if kind == Kind.failed:
        raise EngineRefusal(words(content))
    try:
        if kind == Kind.greeting:
            return Greeting.model_validate_json(content)
    except ValidationError:
        pass
    raise EngineFault("it answered nonsense")


def words(content: bytes) -> str:
    """Return a sentence of an engine, short enough to be passed on."""
    return content[:300].decode("utf-8", "replace")
