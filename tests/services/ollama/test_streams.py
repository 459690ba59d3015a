"""Streams hold no database connection, however many there are."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from app.db.embedded import EmbeddedServers
from tests.conftest import FreshDatabase, House, Serve, open_house
from tests.peers.ollama import OllamaPeer
from tests.services.ollama.test_chat import until

pytestmark = pytest.mark.anyio

STREAMS = 20
BUSY = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname LIKE 'test_%' AND backend_type = 'client backend' AND state <> 'idle' AND datname = ANY($1)
"""


@pytest.fixture
async def peer() -> OllamaPeer:
    return OllamaPeer(ending="endless")


@pytest.fixture
async def house(
    peer: OllamaPeer,
    fresh_database: FreshDatabase,
    servers: EmbeddedServers,
    serve: Serve,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[House]:
    monkeypatch.setenv("RATE_LIMIT_AUTH", "10000/minute")
    monkeypatch.setenv("OLLAMA_MAX_CONCURRENT", str(STREAMS))
    async with serve(peer.app()) as there:
        monkeypatch.setenv("OLLAMA_BASE_URL", str(there.base_url))
        async with open_house(fresh_database, servers, serve, monkeypatch) as house:
            yield house


def checked_out(house: House) -> int:
    """How many connections the pools have handed out."""
    pools = [house.service(name) for name in ("main_database", "auth_database", "ecs_database")]
    return sum(engine.sync_engine.pool.checkedout() for pool in pools for engine in (pool.engine, pool.reader))


async def test_twenty_streams_hold_no_database_connection(
    house: House, peer: OllamaPeer, servers: EmbeddedServers
) -> None:
    ann = await house.account("ann")
    body = {"message": "x", "stream": True}
    asking = [
        asyncio.ensure_future(house.client.post("/api/ollama/chat", json=body, headers=ann, timeout=60))
        for _ in range(STREAMS)
    ]
    await until(lambda: peer.talking == STREAMS)
    names = [house.service(name).url.database for name in ("main_database", "auth_database", "ecs_database")]
    connection = await asyncpg.connect(servers.postgres_url("postgres"))
    try:
        for _ in range(5):  # other services borrow one now and then; what twenty streams held would never come back
            await until(lambda: checked_out(house) == 0)
            await asyncio.sleep(0.1)
        assert min([await connection.fetchval(BUSY, names) for _ in range(5)]) == 0
    finally:
        await connection.close()
    assert peer.talking == STREAMS, "all are still on their way"
    for task in asking:
        task.cancel()
    await asyncio.gather(*asking, return_exceptions=True)
    await until(lambda: peer.talking == 0)
