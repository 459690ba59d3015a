"""Rate limits on a real Valkey, with several workers on one event loop."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from limits import parse

from app.core.cache import open_cache
from app.core.limits import Rate
from app.core.limits.counts import CountsAway, RedisCounts
from app.core.limits.errors import RateLimited
from app.core.limits.rates import RateLimits
from app.core.limits.settings import RateSettings
from app.core.limits.tally import LEASED
from app.core.registry import Registry, ServiceDefinition
from app.core.settings import Environment, Settings, SettingsError, load_settings
from app.db.embedded import EmbeddedServers

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def workers(servers: EmbeddedServers, allowed: str, count: int) -> AsyncIterator[list[RateLimits]]:
    """Yield the rate limits of several workers that share one Valkey."""
    core = Settings(_env_file=None, redis_url=servers.redis_url)
    registry = Registry(core, [ServiceDefinition("cache", open_cache, required=True)])
    await registry.start()
    made = [RateLimits({Rate.search: parse(allowed)}, RedisCounts(registry)) for _ in range(count)]
    yield made
    await asyncio.gather(*(item.aclose() for item in made))
    await registry.stop()


async def passes(worker: RateLimits, caller: str) -> bool:
    try:
        await worker.spend(Rate.search, caller)
    except RateLimited:
        return False
    return True


@pytest.mark.parametrize("count", [1, 3])
async def test_a_small_limit_is_exact_whoever_is_asked(servers: EmbeddedServers, count: int) -> None:
    async with workers(servers, "30/day", count) as made:
        caller = uuid4().hex
        passed = await asyncio.gather(*(passes(made[n % count], caller) for n in range(100)))
    assert sum(passed) == 30


@pytest.mark.parametrize("count", [1, 2, 4])
async def test_a_large_limit_is_exceeded_by_less_than_the_leases(servers: EmbeddedServers, count: int) -> None:
    async with workers(servers, "1000/day", count) as made:
        caller = uuid4().hex
        passed = 0
        for _ in range(40):
            passed += sum(await asyncio.gather(*(passes(made[n % count], caller) for n in range(50))))
        assert 1000 <= passed <= 1000 + count * (1000 // LEASED - 1)
        assert not any([await passes(worker, caller) for worker in made])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(st.integers(1, 300), st.lists(st.tuples(st.integers(0, 2), st.integers(1, 60)), max_size=12))
async def test_bursts_in_any_order_stay_within_limit_and_leases(
    servers: EmbeddedServers, limit: int, bursts: list[tuple[int, int]]
) -> None:
    async with workers(servers, f"{limit}/day", 3) as made:
        caller, asked, passed = uuid4().hex, 0, 0
        for worker, size in bursts:
            asked += size
            passed += sum(await asyncio.gather(*(passes(made[worker], caller) for _ in range(size))))
    assert min(asked, limit) <= passed <= limit + 3 * (max(1, limit // LEASED) - 1)


async def test_callers_do_not_share_a_limit(servers: EmbeddedServers) -> None:
    async with workers(servers, "2/day", 1) as (worker,):
        first, second = uuid4().hex, uuid4().hex
        assert [await passes(worker, caller) for caller in (first, first, first, second)] == [True, True, False, True]


async def test_the_standing_counts_down(servers: EmbeddedServers) -> None:
    async with workers(servers, "3/day", 1) as (worker,):
        caller = uuid4().hex
        known = [await worker.spend(Rate.search, caller) for _ in range(3)]
        with pytest.raises(RateLimited) as refused:
            await worker.spend(Rate.search, caller)
    assert [item.remaining for item in known] == [2, 1, 0]
    assert known[0].limit == 3
    assert 0 < known[0].reset <= 86_400
    assert refused.value.headers["RateLimit-Remaining"] == "0"
    assert int(refused.value.headers["Retry-After"]) > 0


class Switched:
    """Real counts behind a switch, which count the round trips."""

    def __init__(self, real: RedisCounts) -> None:
        self.real, self.trips, self.off = real, 0, False

    async def add(self, key: str, amount: int, seconds: int) -> int:
        self.trips += 1
        if self.off:
            raise CountsAway from ConnectionRefusedError("switched off")
        return await self.real.add(key, amount, seconds)


async def test_calls_from_the_lease_cost_no_round_trip(servers: EmbeddedServers) -> None:
    async with workers(servers, "1000/day", 1) as (one,):
        counts = Switched(one._counts)  # type: ignore[arg-type]
        worker = RateLimits({Rate.search: parse("1000/day")}, counts)
        caller = uuid4().hex
        for _ in range(1000 // LEASED - 1):
            await worker.spend(Rate.search, caller)
        assert counts.trips == 0
        while worker._untold:  # noqa: ASYNC110 - the teller announces nothing
            await asyncio.sleep(0.01)
        assert counts.trips == 1
        await worker.aclose()


async def test_without_redis_each_worker_holds_the_limit_and_tells_later(
    servers: EmbeddedServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.core.limits.rates.REST_SECONDS", 0.05)
    async with workers(servers, "30/day", 1) as (other,):
        counts = Switched(other._counts)  # type: ignore[arg-type]
        counts.off = True
        worker = RateLimits({Rate.search: parse("30/day")}, counts)
        caller = uuid4().hex
        assert sum([await passes(worker, caller) for _ in range(50)]) == 30
        assert await passes(other, caller)
        counts.off = False
        while worker._untold:  # noqa: ASYNC110 - the teller announces nothing
            await asyncio.sleep(0.01)
        assert not await passes(other, caller)
        await worker.aclose()


async def test_a_server_that_is_not_there_refuses_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    registry = Registry(Settings(_env_file=None), [])
    worker = RateLimits({Rate.search: parse("5/day")}, RedisCounts(registry))
    assert sum([await passes(worker, "x") for _ in range(9)]) == 5
    await worker.aclose()


@pytest.mark.parametrize(
    ("environment", "enabled", "classes"),
    [
        (Environment.development, None, {Rate.auth}),
        (Environment.production, None, {Rate.default, Rate.search, Rate.expensive, Rate.auth}),
        (Environment.production, False, {Rate.auth}),
        (Environment.e2e, True, {Rate.default, Rate.search, Rate.expensive, Rate.auth}),
    ],
)
def test_login_is_always_limited(environment: Environment, enabled: bool | None, classes: set[Rate]) -> None:
    core = Settings(_env_file=None, environment=environment)
    assert set(RateSettings(_env_file=None, enabled=enabled).allowances(core)) == classes


@pytest.mark.parametrize("value", ["many", "0/minute", "-1/minute", "10", "10/fortnight"])
def test_a_limit_that_does_not_read_is_refused_at_start(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("RATE_LIMIT_SEARCH", value)
    with pytest.raises(SettingsError, match="300/minute"):
        load_settings([RateSettings])
