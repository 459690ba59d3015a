"""The whole application beside an Ollama that says what a test tells it to."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import orjson
import pytest

from app.db.embedded import EmbeddedServers
from tests.conftest import FreshDatabase, House, Serve, open_house
from tests.peers.ollama import OllamaPeer

NDJSON = {"Accept": "application/x-ndjson"}


@dataclass
class Talk:
    """Where models are asked: `ann` is an administrator, `bob` is not."""

    house: House
    ollama: OllamaPeer
    ann: dict[str, str]
    bob: dict[str, str]

    async def ask(self, path: str = "chat", **body: Any) -> httpx.Response:
        """Return one JSON answer."""
        return await self.house.client.post(f"/api/ollama/{path}", json=body, headers=self.bob)

    async def events(self, path: str = "chat", **body: Any) -> list[dict[str, Any]]:
        """Return the events of an answer."""
        headers = {**self.ann, **NDJSON}
        answer = await self.house.client.post(f"/api/ollama/{path}", json=body, headers=headers)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"].startswith("application/x-ndjson")
        return [orjson.loads(line) for line in answer.text.splitlines() if line]


@pytest.fixture
async def talk(
    fresh_database: FreshDatabase, servers: EmbeddedServers, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Talk]:
    peer = OllamaPeer()
    monkeypatch.setenv("RATE_LIMIT_AUTH", "10000/minute")
    monkeypatch.setenv("OLLAMA_MAX_CONCURRENT", "2")
    monkeypatch.setenv("OLLAMA_MAX_WAITING", "1")
    async with serve(peer.app()) as there:
        monkeypatch.setenv("OLLAMA_BASE_URL", str(there.base_url))
        async with open_house(fresh_database, servers, serve, monkeypatch) as house:
            yield Talk(house, peer, await house.account("ann"), await house.account("bob"))
