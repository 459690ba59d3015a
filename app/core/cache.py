"""Redis as a cache: finished bytes by key. Redis away means slower, never broken."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol, cast, runtime_checkable

import structlog
from redis.asyncio import ConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from app.core.registry import Context, ServiceFailed
from app.core.settings import Settings

log = structlog.get_logger(__name__)

SOCKET_SECONDS = 0.5
"""Longer than any healthy answer on a local network, short enough for a request to wait once."""

REST_SECONDS = 1.0
"""After a failure Redis is not asked for this long, so that a dead one costs one request a second, not all."""


@runtime_checkable
class RedisHost(Protocol):
    """A service that runs a Redis-protocol server for us."""

    @property
    def redis_url(self) -> str:
        """Where it listens, with its password."""


class Cache:
    """Bytes by key with a time to live."""

    def __init__(self, client: Redis) -> None:
        self._client = client
        self._rests_until = 0.0

    @property
    def pool(self) -> ConnectionPool:
        """The connections, for a library that speaks to Redis in its own way."""
        return self._client.connection_pool

    async def get(self, key: str) -> bytes | None:
        """Return what is kept under `key`; None when nothing is, or when Redis does not answer."""
        if time.monotonic() < self._rests_until:
            return None
        try:
            found = await self._client.get(key)
        except (RedisError, OSError) as error:
            self._rest(error)
            return None
        assert found is None or isinstance(found, bytes)  # noqa: S101 - decode_responses is off
        return found

    async def set(self, key: str, value: bytes, ttl_seconds: int) -> None:
        """Keep `value` for `ttl_seconds`; nothing happens when Redis does not answer."""
        if time.monotonic() < self._rests_until:
            return
        try:
            await self._client.set(key, value, ex=ttl_seconds)
        except (RedisError, OSError) as error:
            self._rest(error)

    async def clear(self, prefix: str) -> int:
        """Forget every key that begins with `prefix`, which has no pattern in it; return how many that were."""
        count = 0
        try:
            async for key in self._client.scan_iter(match=f"{prefix}*", count=1000):
                count += await self._client.unlink(key)
        except (RedisError, OSError) as error:
            self._rest(error)
        return count

    async def tell(self, name: str, teller: str, value: bytes, ttl_seconds: int) -> None:
        """Leave `value` under `name` for other processes, in place of what `teller` left there before."""
        if time.monotonic() < self._rests_until:
            return
        try:
            async with self._client.pipeline(transaction=False) as pipeline:
                pipeline.hset(name, teller, value)
                pipeline.expire(name, ttl_seconds)
                await pipeline.execute()
        except (RedisError, OSError) as error:
            self._rest(error)

    async def told(self, name: str) -> dict[str, bytes]:
        """Return what every teller left under `name`; nothing when Redis does not answer."""
        if time.monotonic() < self._rests_until:
            return {}
        try:
            found = await self._client.hgetall(name)
        except (RedisError, OSError) as error:
            self._rest(error)
            return {}
        pairs = cast("dict[bytes, bytes]", found)  # decode_responses is off
        return {teller.decode("utf-8", "replace"): value for teller, value in pairs.items()}

    async def forget(self, name: str, teller: str) -> None:
        """Take back what `teller` left under `name`."""
        try:
            await self._client.hdel(name, teller)
        except (RedisError, OSError) as error:
            self._rest(error)

    async def probe(self) -> str | None:
        """Return None when Redis answers."""
        try:
            await self._client.ping()
        except (RedisError, OSError):
            return "Redis does not answer; every answer is computed until it is back"
        self._rests_until = 0.0
        return None

    def _rest(self, error: Exception) -> None:
        self._rests_until = time.monotonic() + REST_SECONDS
        log.debug("redis_rest", error=type(error).__name__)


def redis_client(url: str, connections: int) -> Redis:
    """Return a client of the server at `url`, to be closed by the caller."""
    return Redis.from_url(
        url,
        max_connections=connections,
        socket_timeout=SOCKET_SECONDS,
        socket_connect_timeout=SOCKET_SECONDS,
        retry=Retry(NoBackoff(), 1),
    )


@asynccontextmanager
async def open_cache(context: Context) -> AsyncIterator[Cache]:
    """Connect to REDIS_URL, or to the embedded Valkey."""
    url = context.settings.redis_url
    if url is None:
        try:
            url = context.get("embedded_servers", RedisHost).redis_url
        except LookupError as error:
            raise ServiceFailed(str(error)) from error
    client = redis_client(url, context.settings.redis_max_connections)
    try:
        yield Cache(client)
    finally:
        await client.aclose()


async def check_cache(settings: Settings) -> str:
    """Say whether Redis answers; see `ServiceDefinition.check`."""
    if settings.redis_url is None:
        return "on the embedded Valkey"
    client = redis_client(settings.redis_url, 1)
    try:
        if reason := await Cache(client).probe():
            raise ServiceFailed(f"{reason}; REDIS_URL says where it is")
    finally:
        await client.aclose()
    return "Redis answers at REDIS_URL"
