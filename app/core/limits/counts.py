"""Counts that all processes share, in Redis."""

from typing import Protocol

from limits.aio.storage import RedisStorage
from redis.exceptions import RedisError

from app.core.cache import Cache
from app.core.registry import Registry
from app.core.registry.registry import ServiceNotRunning


class CountsAway(Exception):
    """Redis does not answer."""


class Counts(Protocol):
    """Adds calls up across processes."""

    async def add(self, key: str, amount: int, seconds: int) -> int:
        """Count `amount` calls under `key`, kept for `seconds`; return the total.

        Raises:
            CountsAway: Nobody knows the total now; the calls may have been counted or not.
        """


class RedisCounts:
    """Counts on the connections of the cache, whichever is open now."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._cache: Cache | None = None
        self._storage: RedisStorage | None = None

    async def add(self, key: str, amount: int, seconds: int) -> int:
        """See `Counts.add`."""
        try:
            return await self._open().incr(key, seconds, amount)
        except (ServiceNotRunning, KeyError, RedisError, OSError) as error:  # KeyError: a process without a cache
            raise CountsAway from error

    def _open(self) -> RedisStorage:
        cache = self._registry.get("cache", Cache)
        if self._storage is None or cache is not self._cache:
            self._cache = cache
            self._storage = RedisStorage(
                "async+redis://",
                implementation="redispy",
                key_prefix="reynard:rates",
                connection_pool=cache.pool,  # type: ignore[arg-type] # documented, and typed too narrowly
            )
        return self._storage
