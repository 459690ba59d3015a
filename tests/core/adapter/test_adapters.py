"""Adapters in the registry and over HTTP, with neighbours that are there, away, odd, hostile, and back again."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import httpx2
import pytest

from app.check import examine
from app.core.adapter import BadAnswer, NeighbourAway, ask, http_client
from app.core.registry import Registry, ServiceDefinition, ServiceState
from app.core.registry import keeper as keeper_module
from app.core.settings import Settings, Slice, load_settings
from app.directory import SETTINGS
from app.factory import create_app
from app.services.comfy.service import check_comfy, open_comfy
from app.services.comfy.settings import ComfySettings
from app.services.ollama.service import check_ollama, open_ollama
from app.services.ollama.settings import OllamaSettings
from tests.peers.tcp import Behaviour, answers, dribbles, floods, hangs_up, peer, says_nothing

pytestmark = pytest.mark.anyio

OLLAMA = {"version": "0.12.3"}
COMFY = {
    "system": {"os": "posix", "ram_total": 1, "ram_free": 1, "comfyui_version": "0.3.60", "python_version": "3.12"},
    "devices": [{"name": "cpu", "type": "cpu", "index": None}],
}
SERVICES = {
    "ollama": (ServiceDefinition("ollama", open_ollama, probe_interval=0.05, check=check_ollama), OLLAMA),
    "comfy": (ServiceDefinition("comfy", open_comfy, probe_interval=0.05, check=check_comfy), COMFY),
}


KINDS: tuple[type[Slice], ...] = (OllamaSettings, ComfySettings)


def set_to(monkeypatch: pytest.MonkeyPatch, url: str) -> Settings:
    for name in SERVICES:
        monkeypatch.setenv(f"{name.upper()}_BASE_URL", url)
    return load_settings(SETTINGS)


def at_default(monkeypatch: pytest.MonkeyPatch, url: str) -> Settings:
    for kind in KINDS:
        monkeypatch.delenv(f"{kind.__name__.removesuffix('Settings').upper()}_BASE_URL", raising=False)
        monkeypatch.setattr(kind.model_fields["base_url"], "default", url)
        kind.model_rebuild(force=True)
    monkeypatch.setenv("OLLAMA_BUILTIN_ENABLED", "false")
    return load_settings(SETTINGS)


@pytest.fixture(autouse=True)
def defaults_again() -> Any:
    before = [(kind, kind.model_fields["base_url"].default) for kind in KINDS]
    yield
    for kind, url in before:
        kind.model_fields["base_url"].default = url
        kind.model_rebuild(force=True)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - the registry has no event for a test
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("name", SERVICES)
async def test_a_neighbour_that_is_there_runs_and_tells_its_version(
    monkeypatch: pytest.MonkeyPatch, name: str, serve: Callable[..., AbstractAsyncContextManager[httpx2.AsyncClient]]
) -> None:
    definition, greeting = SERVICES[name]
    async with peer(answers(greeting)) as there:
        settings = set_to(monkeypatch, there.url)
        async with serve(create_app(settings, [definition])) as client:
            await asyncio.sleep(0.2)
            status = (await client.get(f"/api/{name}/status")).json()
            health = (await client.get("/api/health")).json()
    assert (status["status"], status["reason"]) == ("running", None)
    assert status["version"] in str(greeting)
    assert health["status"] == "healthy"


@pytest.mark.parametrize("name", SERVICES)
async def test_nobody_at_the_default_address_is_no_fault(
    monkeypatch: pytest.MonkeyPatch, name: str, serve: Callable[..., AbstractAsyncContextManager[httpx2.AsyncClient]]
) -> None:
    async with peer(answers({})) as gone:
        pass
    settings = at_default(monkeypatch, gone.url)
    async with serve(create_app(settings, [SERVICES[name][0]])) as client:
        status = (await client.get(f"/api/{name}/status")).json()
        health = (await client.get("/api/health")).json()
    assert status["status"] == "disabled"
    assert f"was not found at {gone.url}: start it, or set {name.upper()}_BASE_URL" in status["reason"]
    assert health["status"] == "healthy"


@pytest.mark.parametrize("name", SERVICES)
async def test_one_that_was_set_and_is_away_is_degraded_and_comes_back(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    definition, greeting = SERVICES[name]
    async with peer(answers(greeting)) as neighbour:
        await neighbour.stop()
        registry = Registry(set_to(monkeypatch, neighbour.url), [definition])
        await registry.start()
        try:
            await until(lambda: registry.status()[name].state is ServiceState.degraded)
            reason = registry.status()[name].reason or ""
            assert f"127.0.0.1:{neighbour.port}" in reason
            assert f"{name.upper()}_BASE_URL" in reason
            await neighbour.start()
            await until(lambda: registry.status()[name].state is ServiceState.running)
        finally:
            await registry.stop()


async def test_one_at_its_default_address_comes_goes_and_comes_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper_module, "DISABLED_RETRY_SECONDS", 0.05)
    monkeypatch.setattr(keeper_module, "delay", lambda _: 0.01)
    definition, greeting = SERVICES["ollama"]
    async with peer(answers(greeting)) as neighbour:
        registry = Registry(at_default(monkeypatch, neighbour.url), [definition])
        await registry.start()
        try:
            for _ in range(2):
                await until(lambda: registry.status()["ollama"].state is ServiceState.running)
                await neighbour.stop()
                await until(lambda: registry.status()["ollama"].state is ServiceState.disabled)
                await neighbour.start()
        finally:
            await registry.stop()


ODD: dict[str, Behaviour] = {
    "somebody else": answers({"hello": "world"}),
    "no JSON": answers(b"<html>"),
    "a number": answers(7),
    "a redirect": answers({}, status="302 Found"),
    "an error": answers({"error": "secret words of the neighbour"}, status="500 Internal Server Error"),
    "silence": says_nothing,
    "a closed connection": hangs_up,
    "dribble": dribbles,
    "a flood": floods,
    "no HTTP": answers(b"", status="\r\n\r\n\x00"),
}


@pytest.mark.parametrize("behave", ODD.values(), ids=ODD)
@pytest.mark.parametrize("name", SERVICES)
async def test_an_odd_neighbour_is_one_sentence_without_its_words(
    monkeypatch: pytest.MonkeyPatch, name: str, behave: Behaviour
) -> None:
    monkeypatch.setattr("app.core.adapter.neighbour.PROBE_SECONDS", 0.3)
    async with peer(behave) as odd:
        (found,) = await examine(set_to(monkeypatch, odd.url), [SERVICES[name][0]])
    assert found.result == "bad"
    assert "secret words" not in found.sentence
    assert found.sentence.endswith(
        f"{name.upper()}_BASE_URL says where {'Ollama' if name == 'ollama' else 'ComfyUI'} is"
    )


async def test_a_check_changes_nothing_and_tells_the_version(monkeypatch: pytest.MonkeyPatch) -> None:
    async with peer(answers(OLLAMA)) as there:
        (found,) = await examine(set_to(monkeypatch, there.url), [SERVICES["ollama"][0]])
        assert there.calls == 1
    assert (found.result, found.sentence) == ("good", f"Ollama 0.12.3 at {there.url}")


async def test_an_answer_is_given_up_at_its_limit() -> None:
    async with peer(floods) as odd, http_client(odd.url, seconds=5) as client:
        with pytest.raises(BadAnswer, match="sent more than 1000 bytes"):
            await ask(client, "GET", "/", max_bytes=1000)


async def test_the_whole_exchange_has_one_limit_in_time() -> None:
    async with peer(dribbles) as odd, http_client(odd.url, seconds=5) as client:
        with pytest.raises(NeighbourAway, match="did not answer in time"):
            await ask(client, "GET", "/", seconds=0.2)


async def test_a_body_is_sent_as_json() -> None:
    received = bytearray()

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        received.extend(await reader.readuntil(b"}"))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ntrue")
        await writer.drain()

    async with peer(echo) as there, http_client(there.url + "/below/", seconds=5) as client:
        assert await ask(client, "POST", "/path", {"a": 1}) is True
    assert received.startswith(b"POST /below/path HTTP/1.1")
    assert b"content-type: application/json" in received.lower()
    assert received.endswith(b'{"a":1}')
