"""Small files that only their owner may read and that are never seen half written."""

import os
import secrets
import tempfile
from pathlib import Path


def write_private(path: Path, text: str, uid: int = -1, gid: int = -1) -> None:
    """Replace a file by one with mode 0600, atomically.

    Args:
        path: The file.
        text: Its new content.
        uid: Owner to give it, or -1 for this process's own.
        gid: Group to give it, or -1 for this process's own.

    Raises:
        OSError: The directory cannot be written or is full.
    """
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            os.fchown(file.fileno(), uid, gid)
            file.write(text)
        Path(name).replace(path)
    except BaseException:  # also when interrupted; it is passed on
        Path(name).unlink(missing_ok=True)
        raise


def read_secret(path: Path) -> str | None:
    """Return the secret in a file, or None when there is none."""
    try:
        return path.read_text(encoding="utf-8").strip() or None
    except FileNotFoundError:
        return None


def new_secret() -> str:
    """Return 192 random bits in letters, digits, `-` and `_`, which need no quoting in SQL, URLs or files."""
    return secrets.token_urlsafe(24)
