"""Slowing down who guesses passwords, without locking out whose account it is.

Failures are counted for three things. For an account from one network: the pause after a failure grows to minutes. For
an account from anywhere, and for a network whatever the account: the pause grows to a minute, and holds up only
networks that the account has not logged in from. So a stranger elsewhere, with however many addresses, cannot keep an
account's owner from logging in where they did before.

An account is what was typed, whether it exists or not, so a refusal tells nothing. (Who sits in the owner's own network
can tell that it is known there.) What is being hashed when the first failures are counted passes still: at most the
queue of each process.
"""

from hashlib import sha256
from math import ceil

from app.core.metrics import counter
from app.db.database import Database
from app.services.gatekeeper import session_repository
from app.services.gatekeeper.errors import LoginThrottled
from app.services.gatekeeper.failures import Backoff, Counted, Failures
from app.services.gatekeeper.origin import Origin

PAIR = Backoff(free=5, longest=300)
"""An account from one network: five typing errors are free, an hour of guessing gives 20 guesses."""

ACCOUNT = Backoff(free=20, longest=60)
"""An account from networks that are new to it: however many take part, they have a guess a minute."""

NETWORK = Backoff(free=100, longest=60)
"""All accounts from a network that is new to them: an office makes fewer errors an hour than are free."""

THROTTLED = counter("logins_throttled", "Logins refused because too many failed before.", ())


class Throttle:
    """Counts failed logins and refuses who has to wait."""

    def __init__(self, database: Database, failures: Failures) -> None:
        self._database = database
        self._failures = failures

    async def admit(self, identifier: str, origin: Origin) -> None:
        """Let an attempt pass that need not wait.

        Raises:
            LoginThrottled: It has to; tells for how long.
        """
        pair, *others = await self._failures.pauses(counted(identifier, origin))
        wait = pair
        if (elsewhere := max(others)) > pair and not await self._is_known(identifier, origin):
            wait = elsewhere
        if wait > 0:
            THROTTLED.inc()
            seconds = ceil(wait)
            raise LoginThrottled(
                f"Too many logins failed: try again in {seconds} s.", headers={"Retry-After": str(seconds)}
            )

    async def failed(self, identifier: str, origin: Origin) -> list[str]:
        """Count a failure; return the kinds of what begins to be slowed down by it."""
        items = counted(identifier, origin)
        counts = await self._failures.add(items)
        return [item.kind for item, count in zip(items, counts, strict=True) if count == item.backoff.free + 1]

    async def succeeded(self, identifier: str, origin: Origin) -> None:
        """Forget the failures of this account from this network; those from elsewhere go on counting."""
        await self._failures.clear(counted(identifier, origin)[0])

    async def _is_known(self, identifier: str, origin: Origin) -> bool:
        async with self._database.reading() as connection:
            return await session_repository.logged_in_from(connection, identifier, origin.network)


def counted(identifier: str, origin: Origin) -> list[Counted]:
    """Return what an attempt counts for: the account from this network, the account, the network."""
    account = sha256(identifier.lower().encode()).hexdigest()[:32]
    network = sha256(origin.network.encode()).hexdigest()[:16]
    return [
        Counted("account from a network", f"{account}:{network}", PAIR),
        Counted("account", account, ACCOUNT),
        Counted("network", network, NETWORK),
    ]
