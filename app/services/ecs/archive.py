"""A world as a file of lines (NDJSON): a head with seed, tick and hash, and the log. Whoever plays it has the world.

So a file cannot hold a state that no log leads to: an import plays it in a child that is bounded, and believes nothing
but inputs, each checked as if it came over HTTP.
"""

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from app.core.children import ENVIRONMENT
from app.services.ecs.commands import read
from app.services.ecs.commands.command import Order
from app.services.ecs.errors import BadWorld, ReplayTooLong
from app.services.ecs.replay import Logged
from app.services.ecs.replay_process import line_of

PROCESS = "app.services.ecs.replay_process"

MOST_INPUTS = 200_000
"""Of one file, or of a log that is checked: 40 MB of lines."""

LONGEST_LINE = 20_000
"""Bytes; a message of 1,000 characters takes 4,000, if each of them is escaped 12,000."""

MOST_TICKS = 2**40
LATEST_MS = 2**43
PLAYING = asyncio.Semaphore(1)
"""One log is played at a time: it takes a core."""


class Head(BaseModel):
    """The first line of a world."""

    model_config = ConfigDict(extra="forbid")

    format: Literal["reynard-world"] = "reynard-world"
    version: Literal[1] = 1
    seed: int = Field(ge=0, lt=2**63)
    tick: int = Field(ge=0, le=MOST_TICKS)
    inputs: int = Field(ge=0, le=MOST_INPUTS)
    hash: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class Line(BaseModel):
    """Another line: an input."""

    model_config = ConfigDict(extra="forbid", strict=True)

    number: int = Field(ge=1)
    tick: int = Field(ge=0, le=MOST_TICKS)
    kind: Annotated[str, StringConstraints(max_length=40)]
    payload: dict[str, Any]
    at_ms: int = Field(ge=0, le=LATEST_MS)
    caller: Annotated[str, StringConstraints(max_length=40, pattern=r"^[0-9a-f-]*$")]
    admin: bool
    withdrawn: bool


@dataclass(frozen=True, slots=True)
class Archive:
    """A world as it can be played again."""

    head: Head
    inputs: Sequence[Logged]

    def lines(self) -> bytes:
        """Return the file."""
        head = orjson.dumps(self.head.model_dump()) + b"\n"
        return head + b"".join(map(line_of, self.inputs))


@dataclass(frozen=True, slots=True)
class Played:
    """What playing a log gave: the result of each input, and the hash of the state."""

    results: Sequence[dict[str, Any]]
    hash: str


def parsed(content: bytes) -> Archive:
    """Return the world of a file that anybody may have written.

    Raises:
        BadWorld: It is none; says which line, and why.
    """
    lines = content.splitlines()
    if not lines or len(lines) > MOST_INPUTS + 1:
        raise BadWorld(f"A world is a head and up to {MOST_INPUTS} inputs, a line each; this has {len(lines)} lines.")
    head = checked(Head, lines[0], 1)
    inputs: list[Logged] = []
    tick = 0
    for number, content_of_line in enumerate(lines[1:], start=1):
        line = checked(Line, content_of_line, number + 1)
        if line.number != number or not tick <= line.tick <= head.tick:
            raise BadWorld(f"Line {number + 1}: inputs are numbered from 1, and their ticks never fall.")
        tick = line.tick
        try:
            read(line.kind, line.payload)
        except ValueError as error:
            raise BadWorld(f"Line {number + 1}: {error}.") from error
        order = Order(line.number, line.at_ms, line.caller, line.admin, line.withdrawn)
        inputs.append(Logged(order, line.kind, line.payload, line.tick))
    if len(inputs) != head.inputs:
        raise BadWorld(f"Line 1: inputs says {head.inputs}, and {len(inputs)} follow: the file was cut.")
    return Archive(head, inputs)


def checked(kind: type[Any], line: bytes, number: int) -> Any:  # noqa: ANN401 - the model it was given
    """Return a line as the model it must be.

    Raises:
        BadWorld: It is none.
    """
    if len(line) > LONGEST_LINE:
        raise BadWorld(f"Line {number} has more than {LONGEST_LINE} bytes.")
    try:
        return kind.model_validate_json(line)
    except ValidationError as error:
        first = error.errors()[0]
        raise BadWorld(f"Line {number}: {'.'.join(map(str, first['loc']))}: {first['msg']}.") from error


async def played(archive: Archive, seconds: float) -> Played:
    """Play a log in a child.

    Raises:
        ReplayTooLong: It takes longer than `seconds`.
        BadWorld: It takes more memory than a world may.
    """
    head = orjson.dumps({"seed": archive.head.seed, "tick": archive.head.tick}) + b"\n"
    content = head + b"".join(map(line_of, archive.inputs))
    async with PLAYING:
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", PROCESS, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env=os.environ | ENVIRONMENT
        )
        try:
            async with asyncio.timeout(seconds):
                output, _ = await child.communicate(content)
        except TimeoutError as error:
            raise ReplayTooLong(
                f"{archive.head.tick} ticks take more than {seconds:g} s to play: raise ECS_REPLAY_SECONDS."
            ) from error
        finally:
            if child.returncode is None:
                with suppress(ProcessLookupError):
                    child.kill()
                await asyncio.shield(child.wait())
    if child.returncode:
        raise BadWorld("The log takes more memory to play than a world may.")
    *results, last = (orjson.loads(line) for line in output.splitlines())
    return Played(results, last["hash"])
