"""The file of keys that is made when none is set: a line for each key, the one that signs first.

Behind a key that signs no more stands the second (since 1970, UTC) in which it was replaced.
"""

import os
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from app.services.gatekeeper.keys import MIN_LENGTH

REMEDY = "let this user write there, set REYNARD_DATA_DIR elsewhere, or set SECRET_KEY"


class KeyFileDamaged(Exception):
    """What the file holds are no keys."""


@dataclass(frozen=True, slots=True)
class KeptKey:
    """A key, and when it was replaced; None for the one that signs."""

    key: str
    replaced_at: int | None = None

    @property
    def line(self) -> str:
        """How it stands in the file."""
        return self.key if self.replaced_at is None else f"{self.key} {self.replaced_at}"


def read_file(file: Path) -> list[KeptKey]:
    """Return the keys, the one that signs first.

    Raises:
        KeyFileDamaged: It holds none, or something else.
        OSError, UnicodeDecodeError: It cannot be read.
    """
    found: list[KeptKey] = []
    for line in file.read_text().splitlines() or [""]:
        key, _, replaced_at = line.strip().partition(" ")
        is_first = not found
        if len(key) < MIN_LENGTH or is_first == bool(replaced_at) or not (is_first or replaced_at.isdecimal()):
            raise KeyFileDamaged
        found.append(KeptKey(key, int(replaced_at) if replaced_at else None))
    return found


def make_file(file: Path, key: str) -> None:
    """Write a new key whole (mode 0600), unless another process was first."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    mine = write_beside(file, [KeptKey(key)])
    try:
        with suppress(FileExistsError):
            os.link(mine, file)
    finally:
        mine.unlink()


def rotate_file(file: Path, lifetime: int) -> list[KeptKey]:
    """Put a new key first and return all; keys that were replaced more than `lifetime` seconds ago go.

    Raises:
        KeyFileDamaged: What is there are no keys.
        OSError: The file is not there, or cannot be written.
    """
    now = int(time.time())
    first, *others = read_file(file)
    still = [item for item in others if item.replaced_at is not None and item.replaced_at + lifetime > now]
    keys = [KeptKey(secrets.token_urlsafe(48)), KeptKey(first.key, now), *still]
    write_beside(file, keys).replace(file)
    return keys


def write_beside(file: Path, keys: list[KeptKey]) -> Path:
    """Write the keys to a new file in the same directory, safe from a crash, and return it."""
    mine = file.with_name(f"{file.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(mine, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        stream.writelines(f"{item.line}\n" for item in keys)
        stream.flush()
        os.fsync(descriptor)
    return mine
