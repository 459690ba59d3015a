"""Rate limits that cost a request no round trip.

A call is counted here and allowed at once; Redis is told a moment later, and answers with what all processes allowed
together. A process with a whole lease of untold calls waits for that answer. So of a limit of n, with w processes, at
most w * (n // 50 - 1) calls too many pass in a window, and none where n is under 100. Windows are fixed: around the end
of one, twice the limit may pass within a moment.

While Redis is away each process limits by itself with the same numbers, and tells later what it allowed meanwhile.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass

import structlog
from limits import RateLimitItem

from app.core.limits.counts import Counts, CountsAway
from app.core.limits.declaration import Rate
from app.core.limits.errors import RateLimited
from app.core.limits.tally import Tally
from app.core.metrics import counter

log = structlog.get_logger(__name__)

TELL_SECONDS = 0.1
"""How long calls are gathered before Redis hears of them: at most ten round trips a second for each busy caller."""

REST_SECONDS = 1.0
"""After Redis did not answer it is asked again this much later, and no request waits for it meanwhile."""

KEPT = 20_000
"""Callers remembered, about 5 MB. A forgotten one begins with a new lease, and Redis still knows the rest."""

REFUSED = counter("rate_limited", "Calls refused by a rate limit.", ("rate",))


@dataclass(frozen=True, slots=True)
class Standing:
    """What a caller may know: its limit, what is left of it, and seconds until there is all of it again."""

    limit: int
    remaining: int
    reset: int


class RateLimits:
    """Counts calls by class and caller. `aclose` it in the end."""

    def __init__(self, allowances: Mapping[Rate, RateLimitItem], counts: Counts) -> None:
        """Enforce `allowances`, and nothing for a class that is not among them."""
        self._allowances = allowances
        self._counts = counts
        self._tallies: OrderedDict[tuple[Rate, str], Tally] = OrderedDict()
        self._untold: set[Tally] = set()
        self._telling: dict[Tally, asyncio.Task[None]] = {}
        self._teller: asyncio.Task[None] | None = None
        self._away = False

    def enforces(self, rate: Rate) -> bool:
        """Whether calls of this class are counted at all."""
        return rate in self._allowances

    async def spend(self, rate: Rate, caller: str) -> Standing:
        """Count one call.

        Raises:
            RateLimited: The caller has used up the limit of the class.
        """
        tally = self._tally(rate, caller)
        if tally.used >= tally.limit:
            raise self._refusal(rate, tally)
        number = tally.take()
        self._tell_soon(tally)
        if tally.untold >= tally.lease:
            await self._told(tally, number)
            if tally.told >= number and tally.rank(number) > tally.limit:
                raise self._refusal(rate, tally)
        return standing(tally)

    async def aclose(self) -> None:
        """Stop telling; at most a lease for each caller is lost."""
        tasks = [*self._telling.values(), *([self._teller] if self._teller else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _tally(self, rate: Rate, caller: str) -> Tally:
        allowance = self._allowances[rate]
        seconds = allowance.get_expiry()
        window = int(time.time() // seconds)
        tally = self._tallies.get((rate, caller))
        if tally is None or tally.window != window:
            key = f"{allowance.key_for(rate, caller)}/{window}"
            tally = self._tallies[rate, caller] = Tally(key, window, allowance.amount, seconds)
            if len(self._tallies) > KEPT:
                self._tallies.popitem(last=False)
        self._tallies.move_to_end((rate, caller))
        return tally

    def _refusal(self, rate: Rate, tally: Tally) -> RateLimited:
        REFUSED.labels(rate).inc()
        left = standing(tally)
        return RateLimited(
            f"That was more than {tally.limit} calls in {tally.seconds} s: go on in {left.reset} s.",
            headers={"Retry-After": str(left.reset), **headers(left)},
        )

    def _tell_soon(self, tally: Tally) -> None:
        self._untold.add(tally)
        if self._teller is None:
            self._teller = asyncio.create_task(self._tell_all())

    async def _tell_all(self) -> None:
        """Tell everything that is untold, until there is nothing."""
        try:
            while self._untold:
                await asyncio.sleep(REST_SECONDS if self._away else TELL_SECONDS)
                for tally in tuple(self._untold):
                    await asyncio.shield(self._telling_of(tally))
                    if self._away:
                        break
        finally:
            self._teller = None

    async def _told(self, tally: Tally, number: int) -> None:
        """Wait until Redis has counted call `number`, or is away."""
        while tally.told < number and not self._away:
            await asyncio.shield(self._telling_of(tally))

    def _telling_of(self, tally: Tally) -> asyncio.Task[None]:
        """Return the task that tells this tally: one at a time, or calls would be told twice."""
        task = self._telling.get(tally)
        if task is None:
            task = self._telling[tally] = asyncio.create_task(self._tell(tally))
            task.add_done_callback(lambda _: self._telling.pop(tally, None))
        return task

    async def _tell(self, tally: Tally) -> None:
        amount, upto = tally.untold, tally.taken
        self._untold.discard(tally)
        if not amount or time.time() >= (tally.window + 1) * tally.seconds:
            return
        try:
            total = await self._counts.add(tally.key, amount, tally.seconds)
        except CountsAway as error:
            self._untold.add(tally)
            if not self._away:
                log.warning("rate_limits_local", reason=str(error.__cause__))
            self._away = True
            return
        self._away = False
        tally.heard(upto, total)


def standing(tally: Tally) -> Standing:
    """Return what the caller of this tally may know."""
    ends = (tally.window + 1) * tally.seconds
    return Standing(tally.limit, max(0, tally.limit - tally.used), max(1, round(ends - time.time())))


def headers(known: Standing) -> dict[str, str]:
    """Return the RateLimit headers (draft-ietf-httpapi-ratelimit-headers-07 names them so)."""
    return {
        "RateLimit-Limit": str(known.limit),
        "RateLimit-Remaining": str(known.remaining),
        "RateLimit-Reset": str(known.reset),
    }
