"""Locks on files that the kernel frees when their process ends, however it ends."""

import fcntl
import os
import weakref
from pathlib import Path
from typing import Self


class FileLock:
    """An `flock` on a file that is never deleted.

    The descriptor is closed in programs started from here and in forked children, so a lock belongs to
    exactly one process. Not safe to share between threads.
    """

    def __init__(self, path: Path, inherited: int | None = None) -> None:
        """Open the lock file without locking it.

        Args:
            path: The file; created with mode 0600 if missing.
            inherited: A descriptor on that file that already carries the lock, received from the parent.

        Raises:
            OSError: The file cannot be opened.
        """
        self.path = path
        if inherited is None:
            inherited = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        os.set_inheritable(inherited, False)
        self._descriptor: int | None = inherited
        _open_locks.add(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def fileno(self) -> int:
        """Return the open descriptor.

        Raises:
            ValueError: The lock was closed.
        """
        if self._descriptor is None:
            raise ValueError(f"{self.path} is closed")
        return self._descriptor

    def try_exclusive(self) -> bool:
        """Take the lock for this process alone; return False when anyone else holds it."""
        return self._try(fcntl.LOCK_EX)

    def try_shared(self) -> bool:
        """Take the lock beside other sharers; return False when someone holds it alone."""
        return self._try(fcntl.LOCK_SH)

    def release(self) -> None:
        """Give the lock back and keep the file open."""
        fcntl.flock(self.fileno(), fcntl.LOCK_UN)

    def close(self) -> None:
        """Close the file, which gives the lock back; closing twice is harmless."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def on_disk(self) -> bool:
        """Tell whether the path still names the file that was opened, i.e. nobody deleted or replaced it."""
        try:
            named = self.path.stat()
        except FileNotFoundError:
            return False
        opened = os.fstat(self.fileno())
        return (named.st_dev, named.st_ino) == (opened.st_dev, opened.st_ino)

    def _try(self, operation: int) -> bool:
        try:
            fcntl.flock(self.fileno(), operation | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


_open_locks: weakref.WeakSet[FileLock] = weakref.WeakSet()


def _close_in_forked_child() -> None:
    # A fork shares the parent's lock: a surviving child would keep it after the parent was killed.
    for lock in list(_open_locks):
        lock.close()


os.register_at_fork(after_in_child=_close_in_forked_child)
