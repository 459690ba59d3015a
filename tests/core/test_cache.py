"""The cache on a real Valkey, and with none."""

import time

import pytest
from redis.asyncio import Redis

from app.core.cache import Cache
from app.db.embedded import EmbeddedServers

pytestmark = pytest.mark.anyio


async def test_bytes_come_back_until_their_time_is_over(servers: EmbeddedServers) -> None:
    client = Redis.from_url(servers.redis_url)
    cache = Cache(client)
    await cache.set("key", b"\x00value", 60)
    assert await cache.get("key") == b"\x00value"
    assert await client.ttl("key") in range(1, 61)
    assert await cache.get("other") is None
    assert await cache.probe() is None
    await client.aclose()


async def test_without_redis_everything_is_a_miss_and_it_is_rarely_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    client = Redis.from_url("redis://127.0.0.1:1/0")
    asked = 0
    real = client.get

    async def counting(key: str) -> object:
        nonlocal asked
        asked += 1
        return await real(key)

    monkeypatch.setattr(client, "get", counting)
    cache = Cache(client)
    for _ in range(5):
        assert await cache.get("key") is None
    await cache.set("key", b"value", 60)
    assert asked == 1, "a dead Redis is asked once a second, not by every request"
    assert await cache.probe() is not None
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + 2)
    await cache.get("key")
    assert asked == 2
    await client.aclose()
