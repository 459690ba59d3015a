"""Passwords of mail accounts at rest: encrypted with the newest key, read with any that is known."""

import hashlib
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import orjson
from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from app.core.registry import ServiceDisabled, ServiceFailed
from app.core.settings import Environment, Settings
from app.services.email.errors import CredentialsUnreadable
from app.services.email.settings import EmailSettings


@dataclass(frozen=True, slots=True)
class Sealed:
    """Encrypted passwords, and the name of the key they are encrypted with."""

    secret: bytes
    key: str


class Vault:
    """Encrypts with the first of `keys`, decrypts with any.

    Attributes:
        newest: The name of the first key: of a hash of it, so that a row tells whether it is to be encrypted again.
    """

    def __init__(self, keys: list[str]) -> None:
        self._fernet = MultiFernet([Fernet(key) for key in keys])
        self.newest = hashlib.sha256(keys[0].encode()).hexdigest()[:16]

    def seal(self, passwords: dict[str, str]) -> Sealed:
        """Encrypt the passwords of an account, by protocol."""
        return Sealed(self._fernet.encrypt(orjson.dumps(passwords)), self.newest)

    def open(self, secret: bytes) -> dict[str, str]:
        """Return what was sealed.

        Raises:
            CredentialsUnreadable: The key that it was encrypted with is gone.
        """
        try:
            found: dict[str, str] = orjson.loads(self._fernet.decrypt(secret))
        except InvalidToken as error:
            raise CredentialsUnreadable(
                "The password of this account was encrypted with a key that is gone: enter it again with PATCH, or put "
                "the key behind the others in EMAIL_ENCRYPTION_KEY."
            ) from error
        return found

    def seal_again(self, secret: bytes) -> Sealed | None:
        """Return what was sealed with any key under the newest one; None if its key is gone."""
        try:
            return Sealed(self._fernet.rotate(secret), self.newest)
        except InvalidToken:
            return None


def kept_in(settings: Settings) -> Path:
    """Return the file of the key that is made when none is set."""
    return settings.data_dir / "secrets" / "email_key"


def open_vault(settings: Settings) -> Vault:
    """Return the vault of EMAIL_ENCRYPTION_KEY; outside production a key is made and kept when it is not set.

    Raises:
        ServiceDisabled: In production there is none: another machine could not read what a kept one encrypted.
        ServiceFailed: The kept key cannot be read or written.
    """
    given = settings.of(EmailSettings).encryption_key
    if given is not None:
        return Vault([key.strip() for key in given.get_secret_value().split(",")])
    if settings.environment is Environment.production:
        raise ServiceDisabled(
            "mail accounts need EMAIL_ENCRYPTION_KEY in production: make one with python -c "
            "'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'"
        )
    return kept_vault(kept_in(settings))


def kept_vault(file: Path) -> Vault:
    """Return the vault of the keys in `file`, a line for each, the newest first; one is made where there is none.

    Raises:
        ServiceFailed: The file cannot be read or written, or what it holds are no keys.
    """
    try:
        if not file.exists():
            make_file(file)
        return Vault(file.read_text().split())
    except (OSError, ValueError, IndexError) as error:
        raise ServiceFailed(
            f"the key of mail accounts {file} cannot be used ({type(error).__name__}): let this user read it, put it "
            "back from a copy, or set EMAIL_ENCRYPTION_KEY"
        ) from error


def make_file(file: Path) -> None:
    """Write a new key whole (mode 0600), unless another process was first."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    mine = file.with_name(f"{file.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(mine, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(Fernet.generate_key() + b"\n")
        stream.flush()
        os.fsync(descriptor)
    try:
        with suppress(FileExistsError):
            os.link(mine, file)
    finally:
        mine.unlink()


async def check_email(settings: Settings) -> str:
    """Say where the key of mail accounts comes from; see `ServiceDefinition.check`."""
    if settings.of(EmailSettings).encryption_key is not None:
        return "EMAIL_ENCRYPTION_KEY is set"
    if settings.environment is Environment.production or kept_in(settings).exists():
        open_vault(settings)
    return f"the key of mail accounts is kept in {kept_in(settings)}"
