"""Password hashes (PBKDF2-HMAC-SHA256), and which passwords are too easy."""

import hashlib
import hmac
import secrets
from base64 import b64decode, b64encode

from zxcvbn.frequency_lists import FREQUENCY_LISTS

SCHEME = "pbkdf2_sha256"
SALT_BYTES = 32
DIGEST_BYTES = 32
SHORTEST, LONGEST = 8, 128
"""Characters of a password; the longest are 512 bytes, which cost no more to hash than short ones."""

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


def names_its_owner(password: str, username: str | None, email: str | None) -> bool:
    """Whether the password is the user name, the e-mail address, or the part of that before the @, in whatever case."""
    names = {username, email, email.partition("@")[0] if email else None}
    return password.lower() in {name.lower() for name in names if name}
