"""Where finished answers are kept: in this process, and in Redis for all of them. Equal questions are computed once."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from enum import StrEnum
from time import monotonic
from typing import NamedTuple

from app.core.cache import Cache

ANSWERS = "search:answer:"
"""Keys of answers begin with this."""

LOCAL_BYTES = 32 * 1024 * 1024
"""Of answers kept in this process: about 5,000 of a typical 6 kB. Asking Redis instead costs a hit 0.2 ms and more."""

OVERHEAD_BYTES = 300
"""What a kept answer takes beside its bytes: its key, the tuple and its place in the table."""


class Tier(StrEnum):
    """Where an answer came from."""

    process = "process"
    redis = "redis"
    computed = "computed"


class Kept(NamedTuple):
    """Bytes, and the time of the monotonic clock after which they are not used any more."""

    body: bytes
    until: float


class LocalAnswers:
    """The answers used last, within a bound of bytes."""

    def __init__(self, most_bytes: int = LOCAL_BYTES) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._kept: OrderedDict[str, Kept] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: str) -> bytes | None:
        """Return what is kept under `key`, if its time is not over."""
        found = self._kept.get(key)
        if found is None:
            return None
        if found.until < monotonic():
            self._drop(key)
            return None
        self._kept.move_to_end(key)
        return found.body

    def set(self, key: str, body: bytes, ttl_seconds: int) -> None:
        """Keep `body`; those that were not asked for longest make room."""
        if key in self._kept:
            self._drop(key)
        self._kept[key] = Kept(body, monotonic() + ttl_seconds)
        self._bytes += len(body) + OVERHEAD_BYTES
        while self._bytes > self._most_bytes:
            self._drop(next(iter(self._kept)))

    def clear(self) -> None:
        """Forget everything."""
        self._kept.clear()
        self._bytes = 0

    def _drop(self, key: str) -> None:
        self._bytes -= len(self._kept.pop(key).body) + OVERHEAD_BYTES


class IncompleteError(Exception):
    """An answer in which something is missing that was asked for: it is given, and not kept.

    Attributes:
        body: The answer.
    """

    def __init__(self, body: bytes) -> None:
        super().__init__()
        self.body = body


class Answers:
    """Two tiers of finished answers, and those that are being computed.

    A key names everything an answer depends on, the generation of the index too: what is kept is never stale, and
    what nobody can ask for any more ages out.
    """

    def __init__(self, redis: Callable[[], Cache | None]) -> None:
        self.local = LocalAnswers()
        self._redis = redis
        self._flights: dict[str, asyncio.Task[tuple[bytes, Tier]]] = {}

    async def get(self, key: str, ttl_seconds: int, compute: Callable[[], Awaitable[bytes]]) -> tuple[bytes, Tier]:
        """Return the answer under `key` and where it came from; of equal questions at once, one is computed.

        A caller that hangs up does not end the computation: others may wait for it, and it is kept.
        """
        if (body := self.local.get(key)) is not None:
            return body, Tier.process
        flight = self._flights.get(key)
        if flight is None:
            flight = asyncio.create_task(self._find(key, ttl_seconds, compute))
            self._flights[key] = flight
            flight.add_done_callback(lambda _: self._flights.pop(key, None))
        return await asyncio.shield(flight)

    async def clear(self) -> int:
        """Forget everything here, and in Redis; return how many answers that were."""
        count = len(self.local)
        self.local.clear()
        redis = self._redis()
        return max(count, await redis.clear(ANSWERS)) if redis else count

    async def _find(self, key: str, ttl_seconds: int, compute: Callable[[], Awaitable[bytes]]) -> tuple[bytes, Tier]:
        redis = self._redis()
        if redis and (body := await redis.get(key)) is not None:
            self.local.set(key, body, ttl_seconds)
            return body, Tier.redis
        try:
            body = await compute()
        except IncompleteError as incomplete:
            return incomplete.body, Tier.computed
        self.local.set(key, body, ttl_seconds)
        if redis:
            await redis.set(key, body, ttl_seconds)
        return body, Tier.computed
