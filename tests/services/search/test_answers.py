"""The two tiers of kept answers: bounded, shared, computed once, never in the way."""

import asyncio
import time
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.asyncio import Redis

from app.core.cache import Cache
from app.db.embedded import EmbeddedServers
from app.services.search.answers import OVERHEAD_BYTES, Answers, LocalAnswers, Tier

pytestmark = pytest.mark.anyio


class Computer:
    """Computes an answer slowly, and knows how often."""

    def __init__(self, body: bytes = b"answer", error: Exception | None = None) -> None:
        self.times = 0
        self.finished = 0
        self._body = body
        self._error = error

    async def __call__(self) -> bytes:
        self.times += 1
        await asyncio.sleep(0.05)
        if self._error:
            raise self._error
        self.finished += 1
        return self._body


@pytest.fixture
async def redis(servers: EmbeddedServers) -> AsyncIterator[Cache]:
    client = Redis.from_url(servers.redis_url)
    yield Cache(client)
    await client.aclose()


@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers(0, 400)), max_size=60))
def test_what_is_kept_here_stays_within_its_bound_and_is_what_was_set(steps: list[tuple[str, int]]) -> None:
    most = 1500
    kept = LocalAnswers(most)
    last: dict[str, bytes] = {}
    for key, size in steps:
        last[key] = key.encode() * size
        kept.set(key, last[key], 60)
        held = {name: body for name in last if (body := kept.get(name)) is not None}
        assert sum(len(body) + OVERHEAD_BYTES for body in held.values()) <= most
        assert all(body == last[name] for name, body in held.items())
        assert key in held
        assert len(kept) == len(held)


def test_the_one_not_asked_for_longest_makes_room() -> None:
    kept = LocalAnswers(2 * (OVERHEAD_BYTES + 1))
    kept.set("a", b"1", 60)
    kept.set("b", b"2", 60)
    assert kept.get("a") == b"1"
    kept.set("c", b"3", 60)
    assert (kept.get("a"), kept.get("b"), kept.get("c")) == (b"1", None, b"3")


def test_nothing_is_kept_beyond_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = LocalAnswers()
    kept.set("a", b"1", 60)
    later = time.monotonic() + 61
    monkeypatch.setattr("app.services.search.answers.monotonic", lambda: later)
    assert kept.get("a") is None
    assert len(kept) == 0


async def test_an_answer_is_computed_once_and_found_in_every_process(redis: Cache) -> None:
    key, computer = uuid4().hex, Computer()
    one, other = Answers(lambda: redis), Answers(lambda: redis)
    first = await asyncio.gather(*(one.get(key, 60, computer) for _ in range(20)))
    assert set(first) == {(b"answer", Tier.computed)}
    assert computer.times == 1
    assert await one.get(key, 60, computer) == (b"answer", Tier.process)
    assert await other.get(key, 60, computer) == (b"answer", Tier.redis)
    assert await other.get(key, 60, computer) == (b"answer", Tier.process)
    assert computer.times == 1


async def test_without_redis_it_is_only_slower() -> None:
    gone = Cache(Redis.from_url("redis://127.0.0.1:1/0"))
    for answers in (Answers(lambda: gone), Answers(lambda: None)):
        computer = Computer()
        assert await answers.get("key", 60, computer) == (b"answer", Tier.computed)
        assert await answers.get("key", 60, computer) == (b"answer", Tier.process)


async def test_whoever_hangs_up_does_not_end_it_for_the_others() -> None:
    answers, computer = Answers(lambda: None), Computer()
    impatient = asyncio.create_task(answers.get("key", 60, computer))
    patient = asyncio.create_task(answers.get("key", 60, computer))
    await asyncio.sleep(0.01)
    impatient.cancel()
    assert await patient == (b"answer", Tier.computed)
    assert computer.finished == 1


async def test_an_error_reaches_everybody_who_asked_and_is_not_kept() -> None:
    answers, computer = Answers(lambda: None), Computer(error=LookupError("no"))
    found = await asyncio.gather(*(answers.get("key", 60, computer) for _ in range(3)), return_exceptions=True)
    assert [type(item) for item in found] == [LookupError] * 3
    assert await answers.get("key", 60, Computer()) == (b"answer", Tier.computed)
