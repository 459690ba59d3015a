"""Two servers of one installation: one limit, and one set of numbers."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

from app.db.embedded import EmbeddedServers

PROGRAM = """
import asyncio, uvicorn
from app.core.cache import open_cache
from app.core.registry import ServiceDefinition
from app.core.settings import load_settings
from app.directory import SETTINGS
from app.factory import create_app

async def main():
    app = create_app(load_settings(SETTINGS), (ServiceDefinition("cache", open_cache, required=True),))
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, proxy_headers=False))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    print(server.servers[0].sockets[0].getsockname()[1], flush=True)
    await serving

asyncio.run(main())
"""


@contextmanager
def server(environment: dict[str, str]) -> Iterator[httpx.Client]:
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=os.environ | environment | {"PYTHONPATH": "."},
    )
    try:
        assert process.stdout is not None
        with httpx.Client(base_url=f"http://127.0.0.1:{int(process.stdout.readline())}", timeout=30) as client:
            yield client
    finally:
        process.terminate()
        process.communicate()


@pytest.fixture
def two(servers: EmbeddedServers, tmp_path: Path) -> Iterator[list[httpx.Client]]:
    environment = {
        "REDIS_URL": servers.redis_url,
        "REYNARD_DATA_DIR": str(tmp_path),
        "RATE_LIMIT_ENABLED": "true",
        "RATE_LIMIT_DEFAULT": "20 per 6 days",
        "TRUSTED_PROXIES": "127.0.0.1",
    }
    with ExitStack() as opened:
        yield [opened.enter_context(server(environment)) for _ in range(2)]


def test_they_share_limits_and_numbers(two: list[httpx.Client]) -> None:
    caller = {"X-Forwarded-For": "203.0.113.80"}
    found = [two[number % 2].get("/", headers=caller).status_code for number in range(30)]
    assert found == [200] * 20 + [429] * 10
    for client in two:
        numbers = client.get("/metrics").text
        assert 'reynard_http_requests_total{method="GET",route="/",status="200"} 20.0' in numbers
        assert 'reynard_http_requests_total{method="GET",route="/",status="429"} 10.0' in numbers
        assert 'reynard_rate_limited_total{rate="default"} 10.0' in numbers
