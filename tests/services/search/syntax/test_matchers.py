"""The children that match patterns: replaced when they die or are late, gone at the end."""

import asyncio
import os
from collections.abc import AsyncIterator
from time import monotonic

import pytest

from app.services.rag.texts import FileEntry
from app.services.search.syntax.matchers import MatcherEndedError, Matchers
from app.services.search.syntax.pattern import Workers, match_all
from app.services.search.syntax.scan import Batch, Threads
from app.services.search.syntax.structure import GRAMMARS, metavariables, needs_of_pattern

pytestmark = pytest.mark.anyio

ENTRY = FileEntry(1, "tree", "a.py", 1, b"", "python", 0)
REQUEST = {"grammar": "python", "pattern": "f($X)", "metavariables": ["$X"], "most": 10, "texts": ["f(1)\nf(2)\n"]}


async def test_a_child_answers_and_is_used_again() -> None:
    matchers = Matchers(1)
    expected = {"matches": [[0, 1, 1, {"$X": "1"}], [0, 2, 2, {"$X": "2"}]]}
    assert await matchers.ask(REQUEST, 20) == expected
    (child,) = matchers._idle
    assert await matchers.ask(REQUEST, 20) == expected
    assert matchers._idle == [child]
    await matchers.close()
    with pytest.raises(ProcessLookupError):
        os.kill(child.pid, 0)


async def test_without_texts_it_tells_the_runs_of_the_pattern_or_what_is_wrong_with_it() -> None:
    matchers = Matchers(1)
    assert await matchers.ask(REQUEST | {"texts": [], "pattern": "f(1, 2)"}, 20) == {
        "runs": [["f", "(", "1", ",", "2", ")"]]
    }
    assert "error" in await matchers.ask(REQUEST | {"texts": [], "pattern": "a b c"}, 20)
    await matchers.close()


async def test_one_that_dies_or_is_late_is_replaced() -> None:
    matchers = Matchers(1)
    deep = {"pattern": "[" * 20_000 + "]" * 20_000, "texts": ["[" * 20_000 + "]" * 20_000]}
    with pytest.raises(MatcherEndedError):
        await matchers.ask(REQUEST | deep, 20)
    slow = {"texts": ["x = 1\n" * 300_000], "pattern": "$A", "most": 10**9}
    with pytest.raises(TimeoutError):
        await matchers.ask(REQUEST | slow, 0.3)
    assert matchers._idle == []
    assert (await matchers.ask(REQUEST, 20))["matches"]
    await matchers.close()


@pytest.mark.parametrize("grammar", sorted(GRAMMARS.values()))
async def test_every_language_of_the_list_is_known_to_the_library(grammar: str) -> None:
    matchers = Matchers(1)
    answer = await matchers.ask(REQUEST | {"grammar": grammar, "pattern": "a", "texts": ["a"]}, 20)
    assert "matches" in answer
    await matchers.close()


async def test_the_clock_ends_also_what_is_never_parsed() -> None:
    async def texts() -> AsyncIterator[Batch]:
        await asyncio.sleep(1.1)
        yield [(ENTRY, b"nothing")]
        pytest.fail("it read on")

    workers = Workers(Matchers(1), Threads())
    matches = await match_all(workers, "f($X)", "python", texts(), 10, monotonic() + 1)
    assert (matches.found, matches.in_time) == ([], False)
    await workers.matchers.close()


async def test_parts_are_answered_in_their_order_until_there_is_enough() -> None:
    async def texts() -> AsyncIterator[Batch]:
        for number in range(20):
            yield [(ENTRY, f"f({number})\nf({number})\n".encode())]

    workers = Workers(Matchers(2), Threads())
    for most, enough in ((7, True), (100, False)):
        matches = await match_all(workers, "f($X)", "python", texts(), most, monotonic() + 20)
        found = [match.captures["$X"] for match in matches.found]
        assert found == [str(number) for number in range(20) for _ in range(2)][:most]
        assert (matches.enough, matches.in_time) == (enough, True)
    await workers.matchers.close()


def test_the_words_of_a_pattern_are_needed_and_its_metavariables_are_not() -> None:
    assert needs_of_pattern("raise $ERROR(msg, $$$ARGS).with_traceback($TB)") == [
        (b"raise",),
        (b"msg",),
        (b"with_traceback",),
    ]
    assert metavariables("$A + $A - $_B * $$$REST + $$$ + $_") == ["$A", "$_B", "$$$REST"]
