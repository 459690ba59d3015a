"""Every route answers what it documents, whoever calls it with whatever: no 5xx, no undocumented status."""

import asyncio

import pytest

from app.db.embedded import EmbeddedServers
from tests.conftest import PASSWORD, FreshDatabase, Serve, open_house
from tests.peers.comfy import ComfyPeer
from tests.peers.ollama import OllamaPeer
from tests.schema.fuzzing import Fuzzer, Report

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.xdist_group("schema"),
    # The server of these tests shares the process, and draws by `random` while the fuzzer's thread makes an input.
    pytest.mark.filterwarnings("ignore:Do not use the `random` module:hypothesis.errors.HypothesisDeprecationWarning"),
]

EXAMPLES = 2
"""Inputs of each mode for each route and caller; `make fuzz` makes more."""


@pytest.mark.parametrize("caller", ["anonymous", "user", "admin"])
async def test_every_answer_is_documented(
    caller: str,
    fresh_database: FreshDatabase,
    servers: EmbeddedServers,
    serve: Serve,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LOG_LEVEL", "ERROR")
    monkeypatch.setenv("ECS_ENABLED", "true")
    monkeypatch.setenv("RATE_LIMIT_AUTH", "1000000/minute")
    monkeypatch.setenv("TRUSTED_HOSTS", "localhost,127.0.0.1")
    async with (
        serve(ComfyPeer(step_seconds=0.01).app()) as comfy,
        serve(OllamaPeer().app()) as ollama,
    ):
        monkeypatch.setenv("COMFY_BASE_URL", str(comfy.base_url))
        monkeypatch.setenv("OLLAMA_BASE_URL", str(ollama.base_url))
        async with open_house(fresh_database, servers, serve, monkeypatch) as house:
            for username in ("admin", "user"):
                await house.account(username)
            url, loop = str(house.client.base_url), asyncio.get_running_loop()

            async def log_in() -> dict[str, str]:
                if caller == "anonymous":
                    return {}
                body = {"username": caller, "password": PASSWORD}
                pair = (await house.client.post("/api/auth/login", json=body)).raise_for_status().json()
                return {"Authorization": f"Bearer {pair['access_token']}"}

            def headers() -> dict[str, str]:
                return asyncio.run_coroutine_threadsafe(log_in(), loop).result()

            report = Report()
            fuzzer = Fuzzer(house.app.openapi(), url, EXAMPLES, random=False)
            await asyncio.to_thread(fuzzer.run, headers, report)
    assert "\n".join(report.faults) == ""
    assert report.cases > 100
