"""Counts: every answer once, percentiles that are right, and the same from whichever process is asked."""

import asyncio
import math
from itertools import pairwise

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.search.answers import Tier
from app.services.search.counters import FRESH_SECONDS, STEP, Counters, decode, together
from tests.services.search.conftest import Desk

pytestmark = pytest.mark.anyio

LATENCIES = st.lists(st.floats(0.011, 50_000), min_size=1, max_size=200)


def counted(latencies: list[float], tier: Tier = Tier.computed) -> Counters:
    counters = Counters()
    for took_ms in latencies:
        counters.note("hybrid", took_ms, tier)
    return counters


@given(LATENCIES)
def test_a_percentile_is_right_to_one_class(latencies: list[float]) -> None:
    shown = counted(latencies).performance().latency_ms["hybrid_uncached"]
    ordered = sorted(latencies)
    for share, value in ((0.5, shown.p50), (0.95, shown.p95), (0.99, shown.p99)):
        exact = ordered[math.ceil(share * len(ordered)) - 1]
        assert exact / 1.001 <= value + 0.001
        assert value <= exact * STEP * 1.001 + 0.001


@given(LATENCIES, LATENCIES)
def test_counts_of_two_processes_add_up(one: list[float], other: list[float]) -> None:
    both = together(counted(one), [counted(other).encode()]).performance()
    alone = counted(one + other).performance()
    assert both.model_dump(exclude={"workers"}) == alone.model_dump(exclude={"workers"})
    assert both.workers == 2


def test_hits_and_misses_are_told_apart_by_tier() -> None:
    counters = counted([1.0], Tier.process)
    counters.note("semantic", 2.0, Tier.redis)
    counters.note("semantic", 3.0, Tier.computed)
    shown = counters.performance()
    assert (shown.total_searches, shown.cache_hits, shown.cache_misses) == (3, 2, 1)
    assert shown.hits_by_tier == {"process": 1, "redis": 1}
    assert shown.hit_rate == pytest.approx(2 / 3)
    assert set(shown.latency_ms) == {"hybrid_cached", "semantic_cached", "semantic_uncached"}
    assert Counters().performance().hit_rate == 0


@pytest.mark.parametrize(
    "told", [b"", b"[]", b"{}", b'{"at": "x"}', b'{"at": 1e12, "tiers": [], "latencies": {}}', b"\xff"]
)
def test_what_nobody_understands_is_left_out(told: bytes) -> None:
    assert decode(told) is None
    assert together(counted([1.0]), [told]).performance().workers == 1


def test_a_process_that_ended_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    told = counted([1.0]).encode()
    assert decode(told) is not None
    later = orjson.loads(told)["at"] + FRESH_SECONDS + 1
    monkeypatch.setattr("app.services.search.counters.time.time", lambda: later)
    assert decode(told) is None


async def test_another_process_is_counted(desk: Desk) -> None:
    await desk.ask(query="nginx")
    cache = desk.search._cache()
    assert cache is not None
    async with asyncio.timeout(5):
        while len(await cache.told(desk.search._counts)) < 1:  # noqa: ASYNC110 - it tells every second
            await asyncio.sleep(0.05)
        await cache.tell(desk.search._counts, "other", counted([4.0, 5.0]).encode(), 60)
        while True:
            shown = (await desk.client.get("/api/search/performance")).json()
            if shown["workers"] == 2:
                break
    assert shown["total_searches"] == 3


async def test_percentiles_rise(desk: Desk) -> None:
    for query in ("nginx", "median", "nginx"):
        await desk.ask(query=query)
    shown = (await desk.client.get("/api/search/performance")).json()["latency_ms"]
    for name in ("hybrid_cached", "hybrid_uncached"):
        assert all(low <= high for low, high in pairwise(shown[name].values()))
