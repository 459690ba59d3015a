"""Counting failed logins: in Redis for all processes, and in this process while Redis is away."""

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.core.cache import Cache

log = structlog.get_logger(__name__)

MEMORY_SECONDS = 3600
"""How long failures count after the last one."""

REST_SECONDS = 1.0
"""After Redis did not answer it is not asked for this long, and this process counts by itself."""

KEPT = 20_000
"""Counts remembered by a process, about 5 MB."""


@dataclass(frozen=True, slots=True)
class Backoff:
    """After `free` failures each further one doubles the pause, from 1 s to `longest` seconds."""

    free: int
    longest: int

    def pause(self, failures: int) -> int:
        """Return the seconds to wait after so many failures; 0 while they are free."""
        beyond = failures - self.free
        return 0 if beyond <= 0 else min(self.longest, 1 << min(beyond - 1, 30))


@dataclass(frozen=True, slots=True)
class Counted:
    """What failures are counted for: its kind, a name for the store, and how they slow it down."""

    kind: str
    key: str
    backoff: Backoff


class Failures(Protocol):
    """Remembers failures, and until when they hold up what."""

    async def pauses(self, counted: Sequence[Counted]) -> list[float]:
        """Return the seconds that each has to wait still; 0 where it has not."""

    async def add(self, counted: Sequence[Counted]) -> list[int]:
        """Count one failure for each, and begin its pause; return how many each has now."""

    async def clear(self, counted: Counted) -> None:
        """Forget the failures of one."""


class LocalFailures:
    """Failures as this process knows them, the latest `KEPT`."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._known: OrderedDict[str, tuple[int, float, float]] = OrderedDict()

    async def pauses(self, counted: Sequence[Counted]) -> list[float]:
        """See `Failures.pauses`."""
        now = self._clock()
        return [max(0.0, self._known.get(item.key, (0, 0.0, now))[2] - now) for item in counted]

    async def add(self, counted: Sequence[Counted]) -> list[int]:
        """See `Failures.add`."""
        now, counts = self._clock(), []
        for item in counted:
            before, forgotten_at, _ = self._known.pop(item.key, (0, 0.0, 0.0))
            failures = 1 + (before if now < forgotten_at else 0)
            self._known[item.key] = (failures, now + MEMORY_SECONDS, now + item.backoff.pause(failures))
            counts.append(failures)
        while len(self._known) > KEPT:
            self._known.popitem(last=False)
        return counts

    async def clear(self, counted: Counted) -> None:
        """See `Failures.clear`."""
        self._known.pop(counted.key, None)


class SharedFailures:
    """Failures in Redis, and in this process for as long as Redis is away."""

    def __init__(self, cache: Callable[[], Cache], namespace: str) -> None:
        """Remember where to count.

        Args:
            cache: Returns the connections to Redis, or raises LookupError when there are none.
            namespace: Of the accounts; installations with other accounts may share the Redis.
        """
        self._cache = cache
        self._prefix = f"reynard:failures:{namespace}"
        self._local = LocalFailures()
        self._rests_until = 0.0

    async def pauses(self, counted: Sequence[Counted]) -> list[float]:
        """See `Failures.pauses`."""
        if (redis := self._redis()) is not None:
            try:
                async with redis.pipeline(transaction=False) as pipeline:
                    for item in counted:
                        pipeline.pttl(f"{self._prefix}:pause:{item.key}")
                    return [max(0, left) / 1000 for left in await pipeline.execute()]
            except (RedisError, OSError) as error:
                self._rest(error)
        return await self._local.pauses(counted)

    async def add(self, counted: Sequence[Counted]) -> list[int]:
        """See `Failures.add`."""
        if (redis := self._redis()) is not None:
            try:
                return await self._add(redis, counted)
            except (RedisError, OSError) as error:
                self._rest(error)
        return await self._local.add(counted)

    async def clear(self, counted: Counted) -> None:
        """See `Failures.clear`."""
        await self._local.clear(counted)
        if (redis := self._redis()) is not None:
            try:
                await redis.unlink(f"{self._prefix}:count:{counted.key}", f"{self._prefix}:pause:{counted.key}")
            except (RedisError, OSError) as error:
                self._rest(error)

    async def _add(self, redis: Redis, counted: Sequence[Counted]) -> list[int]:
        async with redis.pipeline(transaction=False) as pipeline:
            for item in counted:
                pipeline.incr(f"{self._prefix}:count:{item.key}")
                pipeline.expire(f"{self._prefix}:count:{item.key}", MEMORY_SECONDS)
            counts: list[int] = (await pipeline.execute())[::2]
            for item, failures in zip(counted, counts, strict=True):
                if pause := item.backoff.pause(failures):
                    pipeline.set(f"{self._prefix}:pause:{item.key}", 1, ex=pause)
            await pipeline.execute()
        return counts

    def _redis(self) -> Redis | None:
        if time.monotonic() < self._rests_until:
            return None
        try:
            return Redis(connection_pool=self._cache().pool)
        except LookupError:
            return None

    def _rest(self, error: Exception) -> None:
        self._rests_until = time.monotonic() + REST_SECONDS
        log.warning("login_failures_local", error=type(error).__name__)
