"""Looks for a structural pattern in texts."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from time import monotonic
from typing import Any

import re2

from app.services.rag.texts import FileEntry
from app.services.search.errors import InvalidPattern
from app.services.search.syntax.found import Match, Matches
from app.services.search.syntax.matchers import MatcherEndedError, Matchers
from app.services.search.syntax.structure import GRAMMARS, metavariables, sketches

PART_BYTES = 100_000
"""Text one child gets at once: 15 ms of parsing, so that both end soon after enough was found."""

_CAUSE = re.compile(r"^\s*\d+: (.*?)(?: Please .*)?$", re.MULTILINE)

Texts = Sequence[tuple[FileEntry, bytes]]


async def match_all(
    matchers: Matchers, pattern: str, language: str, texts: AsyncIterator[list[tuple[FileEntry, bytes]]],
    most: int, deadline: float,
) -> Matches:  # fmt: skip
    """Return at most `most` matches, in the order of the texts.

    Raises:
        InvalidPattern: It is no pattern of that language.
    """
    matches = Matches()
    request = {
        "grammar": GRAMMARS[language], "pattern": pattern, "metavariables": metavariables(pattern), "most": most,
    }  # fmt: skip
    await ask(
        matchers, request, [], deadline
    )  # says what is wrong with the pattern although no text may hold its words
    expressions = [re2.compile(sketch) for sketch in sketches(pattern, language)]
    async for batch in texts:
        parts = list(cut(await asyncio.to_thread(promising, batch, expressions)))
        for start in range(0, len(parts), matchers.count):
            asked = [ask(matchers, request, part, deadline) for part in parts[start : start + matchers.count]]
            for found in await asyncio.gather(*asked):
                if found is None:
                    matches.in_time = False
                else:
                    matches.found += found
            if len(matches.found) >= most:
                matches.enough = True
                del matches.found[most:]
            if matches.enough or not matches.in_time:
                return matches
    return matches


async def ask(matchers: Matchers, request: dict[str, Any], part: Texts, deadline: float) -> list[Match] | None:
    """Return the matches in some texts; None when the time is over.

    Raises:
        InvalidPattern: It is no pattern of that language.
    """
    texts = [content.decode("utf-8", "replace") for _, content in part] or [""]
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
    return [placed(part[index], start, end, captures) for index, start, end, captures in answer["matches"] if part]


def placed(text: tuple[FileEntry, bytes], start: int, end: int, captures: dict[str, str]) -> Match:
    """Return the match of a pattern in a text."""
    return Match(text[0], text[1], start, end, captures=captures)


def promising(batch: Texts, expressions: "Sequence[re2._Regexp]") -> list[tuple[FileEntry, bytes]]:
    """Return the texts in which every expression is found."""
    return [item for item in batch if all(expression.search(item[1]) for expression in expressions)]


def cut(batch: Texts) -> Iterator[Texts]:
    """Cut texts into parts for one child each."""
    part: list[tuple[FileEntry, bytes]] = []
    size = 0
    for entry, content in batch:
        part.append((entry, content))
        size += len(content)
        if size >= PART_BYTES:
            yield part
            part, size = [], 0
    if part:
        yield part
