"""Looks for a structural pattern in texts."""

import asyncio
import re
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import aclosing
from time import monotonic
from typing import Any, NamedTuple, TypeVar

import re2

from app.services.search.errors import InvalidPattern
from app.services.search.syntax.found import Match, Matches
from app.services.search.syntax.matchers import MatcherEndedError, Matchers
from app.services.search.syntax.scan import Batch, OutOfTimeError, Threads, rounds
from app.services.search.syntax.structure import GRAMMARS, metavariables, sketches

PART_BYTES = 100_000
"""Text one child gets at once: 15 ms of parsing, so that both end soon after enough was found."""

_CAUSE = re.compile(r"^\s*\d+: (.*?)(?: Please .*)?$", re.MULTILINE)

R = TypeVar("R")


class Workers(NamedTuple):
    """What does the work: children that parse, and threads that choose what is worth parsing."""

    matchers: Matchers
    threads: Threads


async def match_all(
    workers: Workers, pattern: str, language: str, texts: AsyncIterator[Batch], most: int, deadline: float
) -> Matches:
    """Return at most `most` matches, in the order of the texts.

    Raises:
        InvalidPattern: It is no pattern of that language.
    """
    matches = Matches()
    request = {
        "grammar": GRAMMARS[language], "pattern": pattern, "metavariables": metavariables(pattern), "most": most,
    }  # fmt: skip
    # without texts: says what is wrong with the pattern although no text may hold its words
    read = await ask(workers.matchers, request, [], deadline)
    if read is None:
        matches.in_time = False
        return matches
    expressions = [re2.compile(sketch) for sketch in sketches(pattern, language, read["runs"])]
    asked: deque[tuple[Batch, asyncio.Task[dict[str, Any] | None]]] = deque()
    try:
        async with aclosing(parts(texts, expressions, workers.threads, deadline)) as promising_parts:
            async for part in promising_parts:
                asked.append((part, asyncio.create_task(ask(workers.matchers, request, part, deadline))))
                if len(asked) == workers.matchers.count and take(matches, *await first(asked), most):
                    return matches
        while asked and not take(matches, *await first(asked), most):
            pass
    except OutOfTimeError:
        matches.in_time = False
    finally:  # a child that is not waited for would have to be killed, and it ends in 15 ms
        await asyncio.gather(*(task for _, task in asked), return_exceptions=True)
    return matches


async def first(asked: "deque[tuple[Batch, asyncio.Task[R]]]") -> tuple[Batch, R]:
    """Remove the part that was asked about first; return it with its answer."""
    part, task = asked.popleft()
    return part, await task


def take(matches: Matches, part: Batch, answer: dict[str, Any] | None, most: int) -> bool:
    """Add what was found in a part, None when the time was over; return whether that is the end."""
    if answer is None:
        matches.in_time = False
        return True
    for index, start, end, captures in answer["matches"]:
        entry, content = part[index]
        matches.found.append(Match(entry, content, start, end, captures=captures))
    matches.enough = len(matches.found) >= most
    del matches.found[most:]
    return matches.enough


async def ask(matchers: Matchers, request: dict[str, Any], part: Batch, deadline: float) -> dict[str, Any] | None:
    """Return what a child says of some texts; None when the time is over.

    Raises:
        InvalidPattern: It is no pattern of that language.
    """
    texts = [content.decode("utf-8", "replace") for _, content in part]
    try:
        answer = await matchers.ask(request | {"texts": texts}, max(0.0, deadline - monotonic()))
    except TimeoutError:
        return None
    except MatcherEndedError as error:
        raise InvalidPattern(
            "query: the pattern is too much for the parser; make it simpler or less nested."
        ) from error
    if "error" in answer:
        causes = _CAUSE.findall(answer["error"].partition("Stack backtrace")[0])
        why = causes[-1].rstrip(".") if causes else "it does not parse"
        raise InvalidPattern(f"query: this is no pattern of the language: {why}.")
    return answer


async def parts(
    texts: AsyncIterator[Batch], expressions: "Sequence[re2._Regexp]", threads: Threads, deadline: float
) -> AsyncGenerator[Batch, None]:
    """Yield the texts in which every expression is found, cut for the children.

    Raises:
        OutOfTimeError: The deadline (of the monotonic clock) has passed.
    """
    async for batches in rounds(texts, threads.count):
        if monotonic() > deadline:
            raise OutOfTimeError
        chosen = await asyncio.gather(*(threads.run(promising, batch, expressions) for batch in batches))
        for part in cut([item for batch in chosen for item in batch]):
            yield part


def promising(batch: Batch, expressions: "Sequence[re2._Regexp]") -> Batch:
    """Return the texts in which every expression is found."""
    return [item for item in batch if all(expression.search(item[1]) for expression in expressions)]


def cut(batch: Batch) -> Iterator[Batch]:
    """Cut texts into parts for one child each."""
    part: Batch = []
    size = 0
    for item in batch:
        part.append(item)
        size += len(item[1])
        if size >= PART_BYTES:
            yield part
            part, size = [], 0
    if part:
        yield part
