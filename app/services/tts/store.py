"""Speech that was made before, on disk: found by what was asked for, bounded, the least used goes first.

Processes share the directory. Files come by rename, so one that is seen is whole. Everything here blocks.
"""

import hashlib
import os
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkstemp
from typing import BinaryIO

import orjson

from app.services.tts.encoding import Format
from app.services.tts.sentences import Piece
from app.services.tts.voices import Speaker

PART = ".part"
ABANDONED_SECONDS = 3600.0
"""After which an unfinished file belongs to a process that was killed: 10,000 characters are spoken in minutes."""

PRIVATE = 0o700


@dataclass(frozen=True, slots=True)
class Kept:
    """An open file with speech, its length in bytes and its entity tag (RFC 9110, 8.8.3)."""

    file: BinaryIO
    size: int
    etag: str


def key_of(speaker: Speaker, pieces: list[Piece], speed: float, form: Format) -> str:
    """Return the name under which this speech is kept."""
    voice = speaker.voice
    said = [(piece.text, piece.pause) for piece in pieces]
    facts = [speaker.engine.name, speaker.engine.version, voice.id, voice.version, said, speed, form]
    return hashlib.sha256(orjson.dumps(facts)).hexdigest()


class Store:
    """The directory of kept speech."""

    def __init__(self, directory: Path, most: int) -> None:
        """Make the directory, and clear what killed processes left.

        Args:
            directory: Where the files are.
            most: Bytes they may have together; 0 keeps none.
        """
        self._directory = directory
        self.most = most
        directory.mkdir(PRIVATE, parents=True, exist_ok=True)
        for part in directory.glob(f"*{PART}"):
            with suppress(OSError):  # another process cleared it
                if part.stat().st_mtime < time.time() - ABANDONED_SECONDS:
                    part.unlink()

    def find(self, key: str, form: Format) -> Kept | None:
        """Return what is kept under that name, and note that it was used."""
        try:
            file = self._path(key, form).open("rb")
        except FileNotFoundError:
            return None
        found = os.fstat(file.fileno())
        with suppress(OSError):  # it was evicted a moment ago; what is open is whole
            used(file.fileno(), found.st_mtime_ns)
        return Kept(file, found.st_size, f'"{key[:32]}-{found.st_mtime_ns:x}"')

    def find_or_begin(self, key: str, form: Format) -> Kept | Path:
        """Return what is kept, or else an empty file to write it to.

        Raises:
            OSError: The disk is full or gone.
        """
        if (kept := self.find(key, form)) is not None:
            return kept
        descriptor, name = mkstemp(suffix=PART, dir=self._directory)
        os.close(descriptor)
        return Path(name)

    def keep(self, part: Path, key: str, form: Format) -> None:
        """Keep a file that is whole, and make room for it."""
        found = part.stat()
        if found.st_size > self.most:
            part.unlink()
            return
        used(part, found.st_mtime_ns)  # the file system's own clock is up to 4 ms behind: the newest would go first
        part.replace(self._path(key, form))
        self._evict()

    def sizes(self) -> tuple[int, int]:
        """Return how many files are kept, and their bytes."""
        found = self._found()
        return len(found), sum(size for _, size, _ in found)

    def _evict(self) -> None:
        found = sorted(self._found())
        total = sum(size for _, size, _ in found)
        for _, size, path in found:
            if total <= self.most:
                return
            path.unlink(missing_ok=True)
            total -= size

    def _found(self) -> list[tuple[int, int, Path]]:
        """Return when each file was last used, in ns, its size and where it is."""
        found = []
        for path in self._directory.iterdir():
            if path.suffix != PART:
                with suppress(FileNotFoundError):  # another process evicted it
                    stat = path.stat()
                    found.append((stat.st_atime_ns, stat.st_size, path))
        return found

    def _path(self, key: str, form: Format) -> Path:
        return self._directory / f"{key}.{form}"


def used(file: Path | int, changed: int) -> None:
    """Note that a file, changed at that time in ns, is used now; by hand, as disks are mounted without it."""
    os.utime(file, ns=(time.time_ns(), changed))
