"""Password hashes: PBKDF2-HMAC-SHA256, off the event loop, a few at a time."""

import asyncio
import hashlib
import hmac
import os
import secrets
from base64 import b64decode, b64encode
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from zxcvbn.frequency_lists import FREQUENCY_LISTS

T = TypeVar("T")

SCHEME = "pbkdf2_sha256"
SALT_BYTES = 32
DIGEST_BYTES = 32
COMMON = frozenset(FREQUENCY_LISTS["passwords"])
"""The 30,000 most common passwords of leaked lists, as the zxcvbn package ships them."""


def hash_password(password: str, iterations: int) -> str:
    """Return `pbkdf2_sha256$iterations$salt$hash`; takes about 0.2 s of a core at 600,000 iterations."""
    salt = secrets.token_bytes(SALT_BYTES)
    return encode(iterations, salt, hashlib.pbkdf2_hmac("sha256", password.encode(), salt, iterations))


def encode(iterations: int, salt: bytes, digest: bytes) -> str:
    """Return the form in which a hash is kept: it says all that is needed to verify it."""
    return f"{SCHEME}${iterations}${b64encode(salt).decode()}${b64encode(digest).decode()}"


def verify_password(password: str, kept: str) -> bool:
    """Whether `password` is the one that `kept` was made of; compares in constant time.

    Raises:
        ValueError: `kept` is no hash of ours.
    """
    scheme, iterations, salt, digest = kept.split("$")
    if scheme != SCHEME:
        raise ValueError(f"unknown password scheme {scheme}")
    made = hashlib.pbkdf2_hmac("sha256", password.encode(), b64decode(salt), int(iterations))
    return hmac.compare_digest(made, b64decode(digest))


def iterations_of(kept: str) -> int:
    """Return how many iterations the hash was made with."""
    return int(kept.split("$")[1])


def verify_evenly(password: str, kept: str, iterations: int) -> bool:
    """Verify, with at least `iterations` of work when it fails.

    Else the time of an old, cheaper hash would tell that the account exists.
    """
    fits = verify_password(password, kept)
    missing = iterations - iterations_of(kept)
    if not fits and missing > 0:
        hashlib.pbkdf2_hmac("sha256", password.encode(), b"", missing)
    return fits


def is_common(password: str) -> bool:
    """Whether the password is on the list of common ones, in whatever case."""
    return password.lower() in COMMON


class PasswordHasher:
    """Hashes in as many threads as there are cores: more logins at once wait, everything else goes on.

    hashlib releases the interpreter lock while it computes, so the event loop is never held up.
    """

    def __init__(self, iterations: int) -> None:
        self.iterations = iterations
        self._threads = ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="password")

    async def hash(self, password: str) -> str:
        """Return a new hash."""
        return await self._run(partial(hash_password, password, self.iterations))

    async def verify(self, password: str, kept: str | None) -> bool:
        """Whether the password fits; for an unknown account (None) it takes as long and is False."""
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
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)
