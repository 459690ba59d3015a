"""The key that signs tokens."""

import os
import secrets
from pathlib import Path

from app.core.registry import ServiceFailed
from app.core.settings import Environment, Settings
from app.services.gatekeeper.settings import GatekeeperSettings

MIN_LENGTH = 32
"""Bytes of an HMAC-SHA256 key (RFC 7518, 3.2)."""

PLACEHOLDERS = ("change", "secret", "your", "example", "placeholder", "default")


def secret_key(settings: Settings) -> str:
    """Return SECRET_KEY; outside production one is made and kept when it is not set.

    Raises:
        ServiceFailed: In production it is missing, too short or a placeholder.
    """
    given = settings.of(GatekeeperSettings).secret_key
    if given is None and settings.environment is not Environment.production:
        return kept_key(settings.data_dir / "secrets" / "secret_key")
    key = given.get_secret_value() if given else ""
    if settings.environment is Environment.production and is_weak(key):
        raise ServiceFailed(
            f"SECRET_KEY must be a secret of at least {MIN_LENGTH} characters in production: "
            "make one with python -c 'import secrets; print(secrets.token_urlsafe(48))'"
        )
    return key


def is_weak(key: str) -> bool:
    """Whether the key is missing, short, or looks like the value of an example."""
    return len(key) < MIN_LENGTH or key.lower().startswith(PLACEHOLDERS) or len(set(key)) < MIN_LENGTH // 4


def kept_key(file: Path) -> str:
    """Return the key in `file`, making it (mode 0600) when it is not there; the first of several processes wins."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not file.exists():
        mine = file.with_name(f"{file.name}.{os.getpid()}.{secrets.token_hex(4)}")
        descriptor = os.open(mine, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as stream:
            stream.write(secrets.token_urlsafe(48))
        try:
            os.link(mine, file)
        except FileExistsError:
            pass
        finally:
            mine.unlink()
    return file.read_text().strip()
