"""Failed logins slow down who guesses, and not whose account it is; in Redis, and without it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.cache import Cache, redis_client
from app.db.database import Database
from app.db.embedded import EmbeddedServers
from app.services.gatekeeper import repository
from app.services.gatekeeper.errors import LoginThrottled
from app.services.gatekeeper.failures import MEMORY_SECONDS, Backoff, Counted, Failures, LocalFailures, SharedFailures
from app.services.gatekeeper.origin import Origin
from app.services.gatekeeper.throttle import ACCOUNT, NETWORK, PAIR, Throttle
from tests.conftest import Serve
from tests.services.gatekeeper.conftest import Clock, Door, open_door

pytestmark = pytest.mark.anyio

HOME, AWAY = Origin("192.0.2.1"), Origin("198.51.100.7")


@dataclass
class Stopwatch:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Guarded:
    """A throttle on a real database, with counts in the process and a clock that can be turned."""

    door: Door
    watch: Stopwatch = field(default_factory=Stopwatch)

    def __post_init__(self) -> None:
        self.throttle = Throttle(self.door.database, LocalFailures(self.watch))

    async def fail(self, identifier: str, origin: Origin, times: int = 1) -> None:
        for _ in range(times):
            await self.throttle.failed(identifier, origin)

    async def waits(self, identifier: str, origin: Origin) -> int:
        """Return for how many seconds an attempt is refused; 0 if it passes."""
        try:
            await self.throttle.admit(identifier, origin)
        except LoginThrottled as refused:
            return int(refused.headers["Retry-After"])
        return 0


@pytest.fixture
async def guarded(door: Door) -> Guarded:
    return Guarded(door)


async def lived_at(door: Door, username: str, origin: Origin) -> None:
    """Let an account have logged in from there."""
    await door.register(username, email=f"{username}@example.com")
    async with door.database.transaction() as session:
        user = await repository.find_user(session, username)
        assert user is not None
        await door.gatekeeper.sessions.begin(session, user, origin)


@given(st.integers(0, 200), st.integers(1, 1000), st.integers(0, 500))
def test_a_pause_never_shrinks_and_has_an_end(free: int, longest: int, failures: int) -> None:
    backoff = Backoff(free, longest)
    assert (backoff.pause(failures) == 0) == (failures <= free)
    assert backoff.pause(failures) <= backoff.pause(failures + 1) <= longest


async def test_pauses_grow_for_the_account_from_that_network_only(guarded: Guarded) -> None:
    await guarded.fail("ann", HOME, PAIR.free)
    assert await guarded.waits("ann", HOME) == 0
    waited = []
    for _ in range(12):
        await guarded.fail("ann", HOME)
        waited.append(await guarded.waits("ann", HOME))
        guarded.watch.now += waited[-1]
        assert await guarded.waits("ann", HOME) == 0
    assert waited == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]
    await guarded.fail("ann", HOME)
    assert await guarded.waits("ANN", HOME) == PAIR.longest
    assert await guarded.waits("ann", AWAY) == 0
    assert await guarded.waits("bob", HOME) == 0


async def test_a_stranger_with_many_addresses_does_not_lock_the_owner_out(guarded: Guarded) -> None:
    await lived_at(guarded.door, "ann", HOME)
    for number in range(60):
        await guarded.fail("ann", Origin(f"203.0.113.{number}"))
    assert await guarded.waits("ann", Origin("203.0.113.200")) == ACCOUNT.longest, "a network that is new to ann"
    assert await guarded.waits("ann", HOME) == 0
    assert await guarded.waits("bob", HOME) == 0


async def test_a_network_that_tries_one_password_on_many_accounts_is_slowed_down(guarded: Guarded) -> None:
    await lived_at(guarded.door, "ann", AWAY)
    for number in range(NETWORK.free + 10):
        await guarded.fail(f"user{number}", AWAY)
    assert await guarded.waits("another", AWAY) == NETWORK.longest
    assert await guarded.waits("ann", AWAY) == 0, "who has logged in there goes on doing so"
    assert await guarded.waits("ann@example.com", AWAY) == 0
    assert await guarded.waits("another", HOME) == 0


async def test_a_refusal_is_the_same_whether_the_account_exists_or_not(guarded: Guarded) -> None:
    await lived_at(guarded.door, "ann", HOME)
    said = []
    for name in ("ann", "nobody", "no\0body"):
        await guarded.fail(name, AWAY, PAIR.free + 3)
        with pytest.raises(LoginThrottled) as refused:
            await guarded.throttle.admit(name, AWAY)
        said.append((str(refused.value), refused.value.headers))
        for number in range(40):
            await guarded.fail(name, Origin(f"203.0.113.{number}"))
        assert await guarded.waits(name, Origin("203.0.113.200")) == ACCOUNT.longest
    assert said[0] == said[1] == said[2]


async def test_it_is_told_once_what_begins_to_be_slowed_down(guarded: Guarded) -> None:
    begun = [await guarded.throttle.failed("ann", HOME) for _ in range(ACCOUNT.free + 5)]
    assert {number: kinds for number, kinds in enumerate(begun, 1) if kinds} == {
        PAIR.free + 1: ["account from a network"],
        ACCOUNT.free + 1: ["account"],
    }


async def test_addresses_of_one_ipv6_host_are_one_network(guarded: Guarded) -> None:
    for number in range(PAIR.free + 1):
        await guarded.fail("ann", Origin(f"2001:db8:1:1::{number:x}"))
    assert await guarded.waits("ann", Origin("2001:db8:1:1:ffff::1")) > 0
    assert await guarded.waits("ann", Origin("2001:db8:1:2::1")) == 0


async def test_a_login_forgets_the_failures_here_and_no_others(guarded: Guarded) -> None:
    await guarded.fail("ann", HOME, PAIR.free + 1)
    await guarded.fail("ann", AWAY, PAIR.free + 1)
    await guarded.throttle.succeeded("ann", HOME)
    assert await guarded.waits("ann", HOME) == 0
    assert await guarded.waits("ann", AWAY) > 0
    await guarded.fail("ann", HOME, PAIR.free)
    assert await guarded.waits("ann", HOME) == 0


@asynccontextmanager
async def shared(servers: EmbeddedServers, namespace: str) -> AsyncIterator[SharedFailures]:
    client = redis_client(servers.redis_url, 5)
    cache = Cache(client)
    try:
        yield SharedFailures(lambda: cache, namespace)
    finally:
        await client.aclose()


def no_cache() -> Cache:
    raise LookupError("there is no Redis")


THING, OTHER = Counted("x", "thing", Backoff(free=2, longest=64)), Counted("x", "other", Backoff(free=5, longest=4))


async def promises(failures: Failures) -> None:
    """Check what every count of failures promises."""
    assert await failures.pauses([THING, OTHER]) == [0, 0]
    assert await failures.add([THING]) == [1]
    assert await failures.add([THING, OTHER]) == [2, 1]
    assert await failures.pauses([THING, OTHER]) == [0, 0]
    assert [await failures.add([THING]) for _ in range(7)] == [[number] for number in range(3, 10)]
    thing, other = await failures.pauses([THING, OTHER])
    assert (0 < thing <= 64, other) == (True, 0)
    await failures.clear(THING)
    assert await failures.pauses([THING]) == [0]
    assert await failures.add([THING, OTHER]) == [1, 2]


async def test_counts_in_redis_in_the_process_and_without_redis_promise_the_same(servers: EmbeddedServers) -> None:
    await promises(LocalFailures())
    await promises(SharedFailures(no_cache, uuid4().hex))
    async with shared(servers, uuid4().hex) as failures:
        await promises(failures)


async def test_processes_share_their_counts_and_installations_do_not(servers: EmbeddedServers) -> None:
    namespace = uuid4().hex
    async with shared(servers, namespace) as one, shared(servers, namespace) as two, shared(servers, "x") as other:
        assert [await failures.add([THING]) for failures in (one, two) * 5] == [[number] for number in range(1, 11)]
        assert (await two.pauses([THING]))[0] > 0
        assert await other.pauses([THING]) == [0]


async def test_when_redis_goes_away_the_process_counts_by_itself(servers: EmbeddedServers) -> None:
    client = redis_client(servers.redis_url.rpartition("@")[0] + "@127.0.0.1:1/0", 5)
    failures = SharedFailures(lambda: Cache(client), uuid4().hex)
    await promises(failures)
    await client.aclose()


async def test_counts_are_forgotten_after_an_hour_and_the_oldest_when_there_are_too_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    watch = Stopwatch()
    failures = LocalFailures(watch)
    await failures.add([THING, THING, THING])
    watch.now += MEMORY_SECONDS + 1
    assert await failures.add([THING]) == [1]
    monkeypatch.setattr("app.services.gatekeeper.failures.KEPT", 2)
    await failures.add([OTHER, Counted("x", "third", THING.backoff)])
    assert await failures.add([THING]) == [1]


async def test_over_http_a_right_password_must_wait_too_and_the_log_tells_once(auth_url: str, serve: Serve) -> None:
    async with open_door(auth_url, serve, Clock(), failures=LocalFailures(Stopwatch())) as door:
        await door.register("ann")
        wrong = {"username": "ann", "password": "a wrong password"}
        for _ in range(PAIR.free + 1):
            assert (await door.client.post("/api/auth/login", json=wrong)).status_code == 401
        for body in (wrong, wrong | {"password": "testpassword123"}):
            refused = await door.client.post("/api/auth/login", json=body)
            assert (refused.status_code, refused.json()["code"]) == (429, "login_throttled")
            assert refused.headers["retry-after"] == "1"
        entries = await door.rows(
            "SELECT event, outcome, username FROM audit_log WHERE event LIKE 'login%' ORDER BY id"
        )
        assert [tuple(row) for row in entries] == [
            *[("login", "failure", "ann")] * (PAIR.free + 1),
            ("login_throttled", "failure", "ann"),
        ]


async def test_ten_quick_registrations_and_logins_pass(door: Door) -> None:
    for number in range(10):
        assert (await door.register(f"user{number}")).status_code == 200
        await door.login(f"user{number}")


async def test_the_database_is_asked_only_when_it_matters(door: Door) -> None:
    class Unasked(Database):
        def reading(self) -> None:  # type: ignore[override]
            raise AssertionError

    throttle = Throttle(Unasked(door.database.url.render_as_string(hide_password=False)), LocalFailures())
    await throttle.failed("ann", HOME)
    await throttle.admit("ann", HOME)
