"""Where the keys of tokens come from: the settings, or outside production a file that is made and kept."""

import asyncio
import secrets
from pathlib import Path

from app.core.registry import ServiceFailed
from app.core.settings import Environment, Settings
from app.services.gatekeeper.kept_keys import REMEDY, KeyFileDamaged, make_file, read_file
from app.services.gatekeeper.keys import MIN_LENGTH, Keys
from app.services.gatekeeper.settings import GatekeeperSettings

PLACEHOLDERS = ("change", "secret", "your-", "your_", "example", "placeholder", "default", "replace")
"""Parts of the values in examples; a random key of 64 letters holds one of these about once in a million."""


async def check_secret_key(settings: Settings) -> str:
    """Say where the signing key comes from; see `ServiceDefinition.check`."""
    kept = kept_in(settings)
    if settings.of(GatekeeperSettings).secret_key or settings.environment is Environment.production:
        await asyncio.to_thread(signing_keys, settings)
        return "SECRET_KEY is set"
    if not await asyncio.to_thread(kept.exists):
        return f"a signing key will be made in {kept}"
    await asyncio.to_thread(kept_keys, kept)
    return f"the signing key is {kept}"


def kept_in(settings: Settings) -> Path:
    """Return the file of the key that is made when none is set."""
    return settings.data_dir / "secrets" / "secret_key"


def signing_keys(settings: Settings) -> Keys:
    """Return SECRET_KEY and those before it; outside production one is made and kept when it is not set.

    Raises:
        ServiceFailed: In production one is missing, too short or a placeholder.
    """
    mine = settings.of(GatekeeperSettings)
    previous = tuple(key.get_secret_value() for key in mine.secret_keys_previous)
    production = settings.environment is Environment.production
    if mine.secret_key is None and not production:
        kept = kept_keys(kept_in(settings))
        return Keys(kept.signing, kept.previous + previous)
    key = mine.secret_key.get_secret_value() if mine.secret_key else ""
    if production and is_weak(key):
        raise ServiceFailed(
            f"SECRET_KEY must be a secret of at least {MIN_LENGTH} characters in production: "
            "make one with python -c 'import secrets; print(secrets.token_urlsafe(48))'"
        )
    if production and any(map(is_weak, previous)):
        raise ServiceFailed(
            "SECRET_KEYS_PREVIOUS holds a key that is no secret: whoever guesses it is let in; remove it"
        )
    return Keys(key, previous)


def is_weak(key: str) -> bool:
    """Whether the key is missing, short, or looks like the value of an example."""
    return len(key) < MIN_LENGTH or any(part in key.lower() for part in PLACEHOLDERS) or len(set(key)) < MIN_LENGTH // 4


def kept_keys(file: Path) -> Keys:
    """Return the keys in `file`, making one (mode 0600) when it is not there; the first of several processes wins.

    Raises:
        ServiceFailed: The file cannot be written or read, or what it holds is no key.
    """
    try:
        if not file.exists():
            make_file(file, secrets.token_urlsafe(48))
        first, *others = read_file(file)
    except KeyFileDamaged as error:
        raise ServiceFailed(f"the signing key {file} is damaged: delete it, and everybody logs in again") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ServiceFailed(f"the signing key {file} cannot be used ({type(error).__name__}): {REMEDY}") from error
    return Keys(first.key, tuple(item.key for item in others))
