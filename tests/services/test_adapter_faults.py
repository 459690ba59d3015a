"""Every adapter under every fault of its neighbour: one clear answer in time, and it works again by itself."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest

from app.db.embedded import EmbeddedServers
from app.services.comfy import adapter as comfy_adapter
from benchmarks.adapter_faults import RECOVERY_SECONDS, SUBJECTS, Subject, cell
from tests.conftest import FreshDatabase, House, Serve, open_house
from tests.peers.comfy import ComfyPeer
from tests.peers.faults import Fault, FaultProxy, faulty
from tests.peers.ollama import OllamaPeer

pytestmark = pytest.mark.anyio

SLOW = 0.5
PATIENCE = 2.0

EXPECTED = {
    Fault.none: ("200", "202"),
    Fault.down: ("503",),
    Fault.reset: ("503",),
    Fault.slow: ("200", "202"),
    Fault.half_open: ("503",),
    Fault.garbage: ("503",),
    Fault.flood: ("502",),
    Fault.refusing: ("502",),
    Fault.failing: ("502",),
    Fault.vanishing: ("503",),
}


@dataclass
class Beset:
    """The application, logged in, with a proxy in front of each neighbour."""

    house: House
    proxies: dict[str, FaultProxy]


@pytest.fixture
async def beset(
    fresh_database: FreshDatabase, servers: EmbeddedServers, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Beset]:
    monkeypatch.setenv("RATE_LIMIT_AUTH", "10000/minute")
    monkeypatch.setenv("OLLAMA_TIMEOUT", str(PATIENCE))
    monkeypatch.setenv("COMFY_MAX_JOBS", "1000")
    monkeypatch.setattr(comfy_adapter, "SECONDS", PATIENCE)
    monkeypatch.setattr(comfy_adapter, "MAX_OBJECT_BYTES", 1_000_000)
    async with AsyncExitStack() as stack:
        proxies = {}
        for name, app in (("ollama", OllamaPeer().app()), ("comfy", ComfyPeer().app())):
            there = await stack.enter_async_context(serve(app))
            proxies[name] = await stack.enter_async_context(faulty(str(there.base_url), slow_seconds=SLOW))
        for subject in SUBJECTS:
            monkeypatch.setenv(subject.variable, proxies[subject.name].url)
        house = await stack.enter_async_context(open_house(fresh_database, servers, serve, monkeypatch))
        house.client.headers.update(await house.account("ann"))
        yield Beset(house, proxies)


@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda subject: subject.name)
async def test_every_fault_is_answered_and_got_over(beset: Beset, subject: Subject) -> None:
    for fault in Fault:
        found = await cell(beset.house.client, subject, beset.proxies[subject.name], fault)
        assert found.answer.startswith(EXPECTED[fault]), (fault, found)
        assert found.back < RECOVERY_SECONDS, (fault, found)


@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda subject: subject.name)
async def test_no_word_of_a_neighbour_gets_through(beset: Beset, subject: Subject) -> None:
    await beset.proxies[subject.name].become(Fault.failing)
    answer = await beset.house.client.post(subject.path, json=dict(subject.body))
    assert answer.headers["content-type"] == "application/problem+json"
    assert "secret" not in answer.text
