"""The whole application beside a ComfyUI."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import orjson
import pytest

from app.db.embedded import EmbeddedServers
from tests.conftest import FreshDatabase, House, Serve, open_house
from tests.peers.comfy import ComfyPeer

NDJSON = {"Accept": "application/x-ndjson"}


@dataclass
class Studio:
    """Where pictures are made; `ann` and `bob` are two users."""

    house: House
    comfy: ComfyPeer
    ann: dict[str, str]
    bob: dict[str, str]

    async def get(self, path: str, **parameters: Any) -> httpx.Response:
        """Ask as ann."""
        return await self.house.client.get(f"/api/comfy/{path}", params=parameters, headers=self.ann)

    async def post(self, path: str, **body: Any) -> httpx.Response:
        """Send as ann."""
        return await self.house.client.post(f"/api/comfy/{path}", json=body, headers=self.ann)

    async def queued(self, **body: Any) -> str:
        """Queue a job and return its id."""
        answer = await self.post("generate", **(body or {"prompt": "a red fox", "steps": 4}))
        assert answer.status_code == 202, answer.text
        return str(answer.json()["prompt_id"])

    async def events(self, job: str, last: int | None = None) -> list[dict[str, Any]]:
        """Return the events of a job up to its end."""
        headers = {**self.ann, **NDJSON, **({} if last is None else {"Last-Event-ID": str(last)})}
        answer = await self.house.client.get(f"/api/comfy/jobs/{job}/events", headers=headers)
        assert answer.status_code == 200, answer.text
        return [orjson.loads(line) for line in answer.text.splitlines() if line]


@pytest.fixture
async def comfy() -> ComfyPeer:
    return ComfyPeer()


@pytest.fixture
async def studio(
    comfy: ComfyPeer,
    fresh_database: FreshDatabase,
    servers: EmbeddedServers,
    serve: Serve,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Studio]:
    monkeypatch.setenv("RATE_LIMIT_AUTH", "10000/minute")
    monkeypatch.setenv("COMFY_MAX_JOBS", "3")
    monkeypatch.setenv("COMFY_MAX_WORKFLOWS", "2")
    async with serve(comfy.app()) as there:
        monkeypatch.setenv("COMFY_BASE_URL", str(there.base_url))
        async with open_house(fresh_database, servers, serve, monkeypatch) as house:
            yield Studio(house, comfy, await house.account("ann"), await house.account("bob"))
