"""A server's log: appended to, kept below a size, and quoted when a start fails."""

import os
import shutil
from pathlib import Path
from typing import IO

MAX_BYTES = 10 * 1024 * 1024
_QUOTED_LINES = 3
_SEVERE = ("FATAL", "PANIC", "ERROR", "Error", "error:")


class LogFile:
    """One log file and its one predecessor (`.1`)."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._mark = 0

    def open(self) -> IO[bytes]:
        """Open for appending, to be handed to a server, and remember where its output begins.

        Raises:
            OSError: The file cannot be created.
        """
        descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._mark = os.fstat(descriptor).st_size
        return os.fdopen(descriptor, "wb", buffering=0)

    def last_words(self) -> str:
        """Return the last severe line since `open` with those before it, else the last lines, joined to one."""
        try:
            with self.path.open("rb") as file:
                size = file.seek(0, os.SEEK_END)
                file.seek(max(self._mark if self._mark <= size else 0, size - 16_384))
                lines = file.read().decode("utf-8", "replace").splitlines()
        except FileNotFoundError:
            return ""
        severe = [number for number, line in enumerate(lines, 1) if any(word in line for word in _SEVERE)]
        end = severe[-1] if severe else len(lines)
        return " | ".join(line.strip() for line in lines[max(0, end - _QUOTED_LINES) : end] if line.strip())

    def trim(self, max_bytes: int = MAX_BYTES) -> None:
        """Copy a log that has grown over `max_bytes` to its predecessor and empty it.

        Servers keep their descriptor: it is in append mode, so they go on at the new end.
        """
        if self.path.exists() and self.path.stat().st_size > max_bytes:
            shutil.copyfile(self.path, self.path.with_name(self.path.name + ".1"))
            os.truncate(self.path, 0)
