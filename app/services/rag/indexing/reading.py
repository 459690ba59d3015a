"""One file from disk: its text and hash, or the reason why it has none."""

import os
import stat
import time
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from app.services.rag.indexing.walk import OnDisk
from app.services.rag.texts.signature import signature

HASH_BYTES = 16
READS = 3
UNSETTLED_NS = 50_000_000
"""A file changed within 50 ms before it was read may change again within one tick of the file system's clock
(4 ms on Linux, 10 ms on some network mounts) and keep its time: it is read again at the next look."""

MACHINE_WRITTEN_SIZE = 20_000
MACHINE_WRITTEN_LINE = 1_000
"""Larger files with longer lines are minified code, data or vocabularies: they match every word and answer none."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What was found; `text` and `hash` are None exactly when `reason` says why.

    `mtime_ns` is -1 when the time cannot be trusted yet, so that the next look reads again.
    """

    path: str
    size: int
    mtime_ns: int
    text: str | None
    hash: bytes | None
    reason: str | None

    @property
    def signature(self) -> bytes | None:
        """Which trigrams the text holds (see `texts.signature`); 0.1 ms for 20 kB."""
        return None if self.text is None else signature(self.text.encode())


def content_hash(content: bytes) -> bytes:
    """Return the hash by which equal content is recognised (BLAKE2b, 128 bits)."""
    return blake2b(content, digest_size=HASH_BYTES).digest()


def read(root: Path, path: str, max_bytes: int) -> Reading | None:
    """Read the file at `path` below `root`, at most `max_bytes` of it; None when it is gone.

    Never blocks on a FIFO, and reads again when the file changed meanwhile.
    """
    for _ in range(READS):
        try:
            before, content = read_once(root / path, max_bytes)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            return Reading(path, 0, -1, None, None, f"cannot be read: {os.strerror(error.errno or 0)}")
        if content is None:
            limit = max_bytes / 1_000_000
            return refused(path, before, f"larger than {limit:g} MB (RAG_CONTINUOUS_INDEXING_MAX_FILE_SIZE_MB)")
        if len(content) == before.size:
            return understand(path, before, content)
    return Reading(path, 0, -1, None, None, "changes while it is read")


def read_once(file: Path, max_bytes: int) -> tuple[OnDisk, bytes | None]:
    """Return what the file is and its content, or None for content that is too large.

    Raises:
        OSError: It cannot be opened or read, or it is no regular file.
    """
    descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(descriptor, "rb", buffering=0) as stream:  # noqa: PTH123 - a descriptor, not a path
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise FileNotFoundError(file)
        seen = OnDisk(status.st_size, status.st_mtime_ns)
        if status.st_size > max_bytes:
            return seen, None
        content = stream.read(max_bytes + 1) or b""
        after = os.fstat(descriptor)
        unsettled = after.st_mtime_ns + UNSETTLED_NS > time.time_ns()
        return OnDisk(after.st_size, -1 if unsettled else after.st_mtime_ns), content


def understand(path: str, seen: OnDisk, content: bytes) -> Reading:
    """Decode `content` as UTF-8, or say why it is no text."""
    if b"\0" in content:
        return refused(path, seen, "binary content")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return refused(path, seen, f"not valid UTF-8 at byte {error.start}")
    average = len(text) // (text.count("\n") + 1)
    if len(text) > MACHINE_WRITTEN_SIZE and average > MACHINE_WRITTEN_LINE:
        return refused(path, seen, f"machine-written: its lines have {average} characters on average")
    return Reading(path, seen.size, seen.mtime_ns, text, content_hash(content), None)


def refused(path: str, seen: OnDisk, reason: str) -> Reading:
    """Return the reading of a file that is not indexed."""
    return Reading(path, seen.size, seen.mtime_ns, None, None, reason)
