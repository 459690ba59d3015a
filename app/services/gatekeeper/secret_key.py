"""The key that signs tokens."""

import asyncio
import os
import secrets
from contextlib import suppress
from pathlib import Path

from app.core.registry import ServiceFailed
from app.core.settings import Environment, Settings
from app.services.gatekeeper.settings import GatekeeperSettings

MIN_LENGTH = 32
"""Bytes of an HMAC-SHA256 key (RFC 7518, 3.2)."""

REMEDY = "let this user write there, set REYNARD_DATA_DIR elsewhere, or set SECRET_KEY"

PLACEHOLDERS = ("change", "secret", "your-", "your_", "example", "placeholder", "default", "replace")
"""Parts of the values in examples; a random key of 64 letters holds one of these about once in a million."""


async def check_secret_key(settings: Settings) -> str:
    """Say where the signing key comes from; see `ServiceDefinition.check`."""
    kept = kept_in(settings)
    if settings.of(GatekeeperSettings).secret_key or settings.environment is Environment.production:
        secret_key(settings)
        return "SECRET_KEY is set"
    if not await asyncio.to_thread(kept.exists):
        return f"a signing key will be made in {kept}"
    await asyncio.to_thread(kept_key, kept)
    return f"the signing key is {kept}"


def kept_in(settings: Settings) -> Path:
    """Return the file of the key that is made when none is set."""
    return settings.data_dir / "secrets" / "secret_key"


def secret_key(settings: Settings) -> str:
    """Return SECRET_KEY; outside production one is made and kept when it is not set.

    Raises:
        ServiceFailed: In production it is missing, too short or a placeholder.
    """
    given = settings.of(GatekeeperSettings).secret_key
    if given is None and settings.environment is not Environment.production:
        return kept_key(kept_in(settings))
    key = given.get_secret_value() if given else ""
    if settings.environment is Environment.production and is_weak(key):
        raise ServiceFailed(
            f"SECRET_KEY must be a secret of at least {MIN_LENGTH} characters in production: "
            "make one with python -c 'import secrets; print(secrets.token_urlsafe(48))'"
        )
    return key


def is_weak(key: str) -> bool:
    """Whether the key is missing, short, or looks like the value of an example."""
    return len(key) < MIN_LENGTH or any(part in key.lower() for part in PLACEHOLDERS) or len(set(key)) < MIN_LENGTH // 4


def kept_key(file: Path) -> str:
    """Return the key in `file`, making it (mode 0600) when it is not there; the first of several processes wins.

    Raises:
        ServiceFailed: The file cannot be written or read, or what it holds is no key.
    """
    try:
        if not file.exists():
            make_key(file)
        key = file.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ServiceFailed(f"the signing key {file} cannot be used ({type(error).__name__}): {REMEDY}") from error
    if len(key) < MIN_LENGTH:
        raise ServiceFailed(f"the signing key {file} is damaged: delete it, and everybody logs in again")
    return key


def make_key(file: Path) -> None:
    """Write a new key whole, unless another process was first."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    mine = file.with_name(f"{file.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(mine, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w") as stream:
            stream.write(secrets.token_urlsafe(48))
            stream.flush()
            os.fsync(descriptor)
        with suppress(FileExistsError):
            os.link(mine, file)
    finally:
        mine.unlink()
