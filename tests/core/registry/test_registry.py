"""The registry's promises, on real services: context managers that sleep, fail, hang and get lost."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from app.core.registry import (
    BootError,
    Context,
    Registry,
    ServiceDefinition,
    ServiceDisabled,
    ServiceFailed,
    ServiceNotRunning,
    ServiceState,
    UnknownService,
)
from app.core.registry import keeper as keeper_module
from app.core.settings import Settings

pytestmark = pytest.mark.anyio


class Thing:
    """A service that writes down what happens to it."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.ill: str | None = None

    async def probe(self) -> str | None:
        return self.ill


Opener = Callable[[Context], AbstractAsyncContextManager[Thing]]


def opens(journal: list[str], *, takes: float = 0.0, fails: list[Exception] | None = None) -> Opener:
    """Return an opener that takes `takes` seconds and raises the errors of `fails`, one an attempt."""

    @asynccontextmanager
    async def open_thing(context: Context) -> AsyncIterator[Thing]:
        journal.append(f"open {context.service}")
        await asyncio.sleep(takes)
        if fails:
            raise fails.pop(0)
        yield Thing(context)
        journal.append(f"close {context.service}")

    return open_thing


def registry(*definitions: ServiceDefinition) -> Registry:
    return Registry(Settings(_env_file=None), definitions)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - any condition
            await asyncio.sleep(0.01)


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper_module, "delay", lambda _: 0.05)
    monkeypatch.setattr(keeper_module, "DISABLED_RETRY_SECONDS", 0.05)


async def test_independent_services_open_at_the_same_time() -> None:
    journal: list[str] = []
    services = registry(*(ServiceDefinition(f"s{i}", opens(journal, takes=0.3), required=True) for i in range(4)))
    begun = time.perf_counter()
    await services.start()
    together = time.perf_counter() - begun
    assert all(status.state is ServiceState.running for status in services.status().values())
    assert together < 4 * 0.3, "one after the other"
    await services.stop()
    assert sorted(journal[4:]) == [f"close s{i}" for i in range(4)]


async def test_ready_services_open_by_priority_and_needs_come_first() -> None:
    journal: list[str] = []
    services = registry(
        ServiceDefinition("low", opens(journal), priority=1, required=True),
        ServiceDefinition("user", opens(journal), priority=99, needs=("base",), required=True),
        ServiceDefinition("base", opens(journal), priority=5, required=True),
        ServiceDefinition("high", opens(journal), priority=50, required=True),
    )
    await services.start()
    assert journal == ["open high", "open base", "open low", "open user"]
    await services.stop()
    assert journal.index("close user") < journal.index("close base")


async def test_a_hanging_optional_service_delays_nobody_and_says_why() -> None:
    services = registry(
        ServiceDefinition("hangs", opens([], takes=3600), priority=99, start_timeout=0.1),
        ServiceDefinition("quick", opens([]), required=True),
    )
    await services.start()
    assert services.status()["hangs"].state is ServiceState.starting
    await until(lambda: services.status()["hangs"].state is ServiceState.failed)
    assert services.status()["hangs"].reason == "did not start within 0.1 s"
    await services.stop()


async def test_a_required_service_that_fails_ends_the_boot_and_closes_the_rest() -> None:
    journal: list[str] = []
    services = registry(
        ServiceDefinition(
            "rag", opens([], takes=0.05, fails=[ServiceFailed("password rejected for ann")]), required=True
        ),
        ServiceDefinition("search", opens([]), needs=("rag",), required=True),
        ServiceDefinition("other", opens(journal)),
        ServiceDefinition("slow", opens(journal, takes=3600)),
    )
    with pytest.raises(BootError, match=r"^rag is required and failed: password rejected for ann$"):
        await services.start()
    assert "close other" in journal
    assert {status.state for status in services.status().values()} == {ServiceState.stopped}


async def test_waiting_carries_the_chain_of_reasons() -> None:
    services = registry(
        ServiceDefinition("rag", opens([], fails=[ServiceFailed("password rejected for ann")] * 100)),
        ServiceDefinition("search", opens([]), needs=("rag",)),
        ServiceDefinition("console", opens([]), needs=("search",)),
    )
    await services.start()
    await until(lambda: services.status()["rag"].state is ServiceState.failed)
    assert services.status()["search"].reason == "waits for rag: rag failed: password rejected for ann"
    assert (
        services.status()["console"].reason
        == "waits for search: search waits for rag: rag failed: password rejected for ann"
    )
    with pytest.raises(ServiceNotRunning, match="console is waiting: waits for search") as caught:
        services.get("console", Thing)
    assert int(caught.value.headers["Retry-After"]) >= 1
    await services.stop()


async def test_an_optional_service_is_tried_again_until_it_opens() -> None:
    journal: list[str] = []
    failures: list[Exception] = [ServiceFailed("away"), RuntimeError("secret detail"), TimeoutError()]
    services = registry(ServiceDefinition("peer", opens(journal, fails=failures)))
    await services.start()
    await until(lambda: services.status()["peer"].attempts == 2)
    assert "secret detail" not in str(services.status()["peer"].reason)
    await until(lambda: services.status()["peer"].state is ServiceState.running)
    assert journal == ["open peer"] * 4
    assert services.status()["peer"].attempts == 0
    await services.stop()


async def test_wants_are_waited_for_but_not_required() -> None:
    journal: list[str] = []
    services = registry(
        ServiceDefinition("cache", opens(journal, takes=0.1, fails=[ServiceFailed("gone")] * 100)),
        ServiceDefinition("behind", opens(journal), needs=("cache",)),
        ServiceDefinition("search", opens(journal), wants=("cache", "behind"), required=True, priority=99),
    )
    await services.start()
    assert journal[:2] == ["open cache", "open search"]
    await services.stop()


async def test_disabled_services_say_what_to_configure_and_come_back() -> None:
    services = registry(
        ServiceDefinition("off", opens([]), disabled=lambda _: "X_ENABLED=false", required=True),
        ServiceDefinition("on_top", opens([]), needs=("off",), required=True),
        ServiceDefinition("ollama", opens([], fails=[ServiceDisabled("not found at localhost, install it")])),
    )
    await services.start()
    status = services.status()
    assert (status["off"].state, status["off"].reason) == (ServiceState.disabled, "X_ENABLED=false")
    assert status["on_top"].reason == "needs off, which is disabled: X_ENABLED=false"
    await until(lambda: services.status()["ollama"].state is ServiceState.running)
    await services.stop()


async def test_a_probe_degrades_and_restores_without_closing() -> None:
    journal: list[str] = []
    services = registry(ServiceDefinition("db", opens(journal), probe_interval=0.01))
    await services.start()
    await until(lambda: services.status()["db"].state.usable)
    services.get("db", Thing).ill = "connection refused"
    await until(lambda: services.status()["db"].state is ServiceState.degraded)
    assert services.status()["db"].reason == "connection refused"
    services.get("db", Thing).ill = None
    await until(lambda: services.status()["db"].state is ServiceState.running)
    assert journal == ["open db"]
    await services.stop()


async def test_a_probe_that_hangs_is_cut_off() -> None:
    class Hung(Thing):
        async def probe(self) -> str | None:
            await asyncio.sleep(3600)
            return None

    @asynccontextmanager
    async def open_hung(context: Context) -> AsyncIterator[Thing]:
        yield Hung(context)

    services = registry(ServiceDefinition("hung", open_hung, probe_timeout=0.05, required=True))
    await services.start()
    assert services.status()["hung"].reason == "no answer to a health probe within 0.05 s"
    await services.stop()


async def test_a_lost_service_reopens_with_all_that_need_it() -> None:
    journal: list[str] = []
    services = registry(
        ServiceDefinition("base", opens(journal), required=True),
        ServiceDefinition("top", opens(journal), needs=("base",), required=True),
        ServiceDefinition("apart", opens(journal), required=True),
    )
    await services.start()
    del journal[:]
    services.get("base", Thing).context.lost("the child process died")
    await until(lambda: journal[-1:] == ["open top"])
    assert journal == ["close top", "close base", "open base", "open top"]
    await services.stop()


async def test_restart_closes_and_opens_again() -> None:
    journal: list[str] = []
    services = registry(ServiceDefinition("a", opens(journal), required=True))
    await services.start()
    first = services.get("a", Thing)
    await services.restart("a")
    await until(lambda: services.status()["a"].state.usable)
    assert services.get("a", Thing) is not first
    with pytest.raises(UnknownService):
        await services.restart("nobody")
    await services.stop()


async def test_a_service_that_does_not_close_is_given_up() -> None:
    @asynccontextmanager
    async def sticky(context: Context) -> AsyncIterator[Thing]:
        yield Thing(context)
        await asyncio.sleep(3600)

    services = registry(ServiceDefinition("sticky", sticky, stop_timeout=0.05, required=True))
    await services.start()
    async with asyncio.timeout(2):
        await services.stop()


async def test_stop_waits_for_a_start_that_is_cleaning_up_after_its_timeout() -> None:
    cleaning = asyncio.Event()

    @asynccontextmanager
    async def tidy(context: Context) -> AsyncIterator[Thing]:
        try:
            await asyncio.sleep(3600)
            yield Thing(context)
        finally:
            cleaning.set()
            await asyncio.sleep(0.05)

    services = registry(ServiceDefinition("tidy", tidy, start_timeout=0.01))
    await services.start()
    await cleaning.wait()
    await services.stop()
    assert services.status()["tidy"].state is ServiceState.stopped


async def test_a_context_gives_only_what_was_declared() -> None:
    services = registry(
        ServiceDefinition("a", opens([]), required=True),
        ServiceDefinition("b", opens([]), required=True, needs=("a",)),
        ServiceDefinition("c", opens([]), required=True),
    )
    await services.start()
    context = services.get("b", Thing).context
    assert context.get("a", Thing) is services.get("a", Thing)
    with pytest.raises(TypeError):
        context.get("a", int)
    with pytest.raises(LookupError, match="declares no need"):
        context.get("c", Thing)
    await services.stop()


@pytest.mark.parametrize(
    ("definitions", "message"),
    [
        ([ServiceDefinition("a", opens([])), ServiceDefinition("a", opens([]))], "declared twice: a"),
        ([ServiceDefinition("a", opens([]), needs=("b",))], "a waits for b, which is not declared"),
        (
            [ServiceDefinition("a", opens([]), needs=("b",)), ServiceDefinition("b", opens([]), wants=("a",))],
            "wait for each other",
        ),
        (
            [ServiceDefinition("a", opens([]), needs=("b",), required=True), ServiceDefinition("b", opens([]))],
            "a is required but needs b, which is optional",
        ),
    ],
)
async def test_contradictions_are_found_before_anything_starts(
    definitions: list[ServiceDefinition], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        registry(*definitions)
