"""Hashing passwords off the event loop: a few at a time, and so many may wait."""

import asyncio
import os
import secrets
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from app.services.gatekeeper.errors import TooManyLogins
from app.services.gatekeeper.passwords import (
    DIGEST_BYTES,
    SALT_BYTES,
    encode,
    hash_password,
    iterations_of,
    verify_evenly,
)

T = TypeVar("T")

WAITING = 64
"""Passwords that may wait for each process: fifty people who log in at once get in, and the last of them waits 10 s for
two cores at 600,000 iterations."""

RETRY_SECONDS = 2

NICENESS = 10
"""Of the threads that hash; on Linux a thread has a priority of its own. While 50 log in at once, p99 of another route
is 4 to 7 ms with it and 27 ms without, on two cores with other work to do (`python -m benchmarks.logins`)."""


class PasswordHasher:
    """Hashes in as many threads as there are cores: more logins at once wait, everything else goes on.

    hashlib releases the interpreter lock while it computes, so the event loop is never held up.
    """

    def __init__(self, iterations: int) -> None:
        self.iterations = iterations
        threads = os.cpu_count() or 1
        self._most = threads + WAITING
        self._taken = 0
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="password", initializer=stand_back)

    async def hash(self, password: str) -> str:
        """Return a new hash.

        Raises:
            TooManyLogins: As many wait as may.
        """
        return await self._run(partial(hash_password, password, self.iterations))

    async def verify(self, password: str, kept: str | None) -> bool:
        """Whether the password fits; for an unknown account (None) it takes as long and is False.

        Raises:
            TooManyLogins: As many wait as may.
        """
        nobody = encode(self.iterations, secrets.token_bytes(SALT_BYTES), secrets.token_bytes(DIGEST_BYTES))
        fits = await self._run(partial(verify_evenly, password, kept or nobody, self.iterations))
        return fits and kept is not None

    def outdated(self, kept: str) -> bool:
        """Whether the hash was made with fewer iterations than are asked for now."""
        return iterations_of(kept) < self.iterations

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _run(self, work: "partial[T]") -> T:
        if self._taken >= self._most:
            raise TooManyLogins(
                f"{self._taken} logins are being worked on: try again in {RETRY_SECONDS} s.",
                headers={"Retry-After": str(RETRY_SECONDS)},
            )
        self._taken += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._taken -= 1


def stand_back() -> None:
    """Lower the priority of this thread, where threads have one."""
    if hasattr(os, "setpriority") and sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
