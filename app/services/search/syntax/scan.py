"""Looks for an expression in texts, line by line."""

import os
from asyncio import Semaphore, gather, to_thread
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from time import monotonic
from typing import ParamSpec, TypeVar

from app.services.rag.texts import FileEntry
from app.services.search.syntax.expression import Expression
from app.services.search.syntax.found import Match, Matches

BLOCK_BYTES = 65_536
"""Text between two looks at the clock; RE2 itself cannot be interrupted."""

Batch = list[tuple[FileEntry, bytes]]
P = ParamSpec("P")
R = TypeVar("R")


class Threads:
    """Threads for one question, and twice as many for all together, so that a slow question leaves room for the next.

    Attributes:
        count: How many one question may use: as many as there are cores.
    """

    def __init__(self) -> None:
        self.count = os.cpu_count() or 1
        self._places = Semaphore(2 * self.count)

    async def run(self, work: Callable[P, R], *arguments: P.args, **named: P.kwargs) -> R:
        """Return what `work` returns."""
        async with self._places:
            return await to_thread(work, *arguments, **named)


class OutOfTimeError(Exception):
    """The time is over."""


def matching_lines(expression: Expression, content: bytes, deadline: float) -> Iterator[tuple[int, int, int]]:
    """Yield the number of each line with a match, 1-based, and where its first match begins and ends.

    Raises:
        OutOfTimeError: The deadline (of the monotonic clock) has passed.
    """
    search, size = expression.regex.search, len(content)
    number, counted, begin = 1, 0, 0
    while begin < size:
        if monotonic() > deadline:
            raise OutOfTimeError
        stop = content.find(b"\n", begin + BLOCK_BYTES)
        stop = size if stop < 0 else stop
        at = begin
        while at <= stop and at < size and (found := search(content, at, stop)) is not None:
            start, end = found.span()
            if start == size and content.endswith(b"\n"):
                return  # nothing stands behind the last line break
            number += content.count(b"\n", counted, start)
            counted = start
            yield number, start, end
            line_end = content.find(b"\n", end)
            if line_end < 0:
                return
            at = line_end + 1
        begin = stop + 1


def scan(expression: Expression, texts: Sequence[tuple[FileEntry, bytes]], most: int, deadline: float) -> Matches:
    """Return at most `most` matching lines of these texts."""
    matches = Matches()
    try:
        for entry, content in texts:
            if monotonic() > deadline:
                matches.in_time = False
                break
            if expression.probe is not None and expression.probe.search(content) is None:
                continue
            for line, start, end in matching_lines(expression, content, deadline):
                matches.found.append(Match(entry, content, line, line, stands_alone(content, start, end)))
                if len(matches.found) >= most:
                    matches.enough = True
                    return matches
    except OutOfTimeError:
        matches.in_time = False
    return matches


def stands_alone(content: bytes, start: int, end: int) -> bool:
    """Whether neither end of a match cuts a word of ASCII."""
    return not (joins(content, start) or joins(content, end))


def joins(content: bytes, at: int) -> bool:
    """Whether letters, digits or underscores stand on both sides of this place."""
    return 0 < at < len(content) and is_word(content[at - 1]) and is_word(content[at])


def is_word(byte: int) -> bool:
    """Whether this is a byte of a word."""
    return chr(byte).isalnum() or byte == 0x5F if byte < 0x80 else True


async def scan_all(
    expression: Expression, texts: AsyncIterator[Batch], most: int, deadline: float, threads: Threads
) -> Matches:
    """Return at most `most` matching lines of all texts, looked for in threads: RE2 lets go of the interpreter."""
    matches = Matches()
    async for batches in rounds(texts, threads.count):
        wanted = most - len(matches.found)
        for part in await gather(*(threads.run(scan, expression, batch, wanted, deadline) for batch in batches)):
            matches.found += part.found
            matches.enough, matches.in_time = len(matches.found) >= most, part.in_time
            if matches.enough or not matches.in_time:
                del matches.found[most:]
                return matches
    return matches


async def rounds(batches: AsyncIterator[Batch], count: int) -> AsyncIterator[list[Batch]]:
    """Yield one batch alone, as that is often enough, and then `count` at once."""
    gathered: list[Batch] = []
    size = 1
    async for batch in batches:
        gathered.append(batch)
        if len(gathered) == size:
            yield gathered
            gathered, size = [], count
    if gathered:
        yield gathered
