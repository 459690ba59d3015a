"""What is on disk below the root of a source."""

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

from app.services.rag.indexing.rules import IGNORE_FILES, Ignores, Rules

MAX_PATH_BYTES = 2000
"""PostgreSQL refuses an index row of more than 2,704 bytes, and a statement with one such path fails as a whole."""

MAX_SHOWN = 200


@dataclass(frozen=True, slots=True)
class OnDisk:
    """A regular file: size in bytes, modification time in nanoseconds."""

    size: int
    mtime_ns: int


@dataclass(slots=True)
class Walk:
    """The result of looking: the files by path (relative, `/` separated) and what could not be looked at.

    A file below an `unreadable` directory is not known to be gone.
    """

    files: dict[str, OnDisk] = field(default_factory=dict)
    unreadable: dict[str, str] = field(default_factory=dict)

    def hides(self, path: str) -> bool:
        """Whether `path` may exist although it was not seen."""
        return any(not place or path == place or path.startswith(f"{place}/") for place in self.unreadable)


def walk(root: Path, rules: Rules, below: str = "") -> Walk:
    """Look at every file of the source at `root`, or only at those below the directory `below`.

    Symbolic links are followed to regular files inside the root and never to directories, so a walk ends and
    stays inside. FIFOs, sockets and devices are passed over.
    """
    found = Walk()
    stack = [(below, ignores_above(root, below))]
    while stack:
        relative, above = stack.pop()
        directory = root / relative
        try:
            with os.scandir(directory) as listing:
                entries = list(listing)
        except NotADirectoryError:
            continue
        except FileNotFoundError:
            if not relative:
                found.unreadable[relative] = "the directory does not exist"
            continue
        except OSError as error:
            found.unreadable[relative] = os.strerror(error.errno or 0)
            continue
        ignores = above.inside(directory, relative, (entry.name for entry in entries))
        for entry in entries:
            path = f"{relative}/{entry.name}" if relative else entry.name
            is_directory = entry.is_dir(follow_symlinks=False)
            seen = None if is_directory else look(root, entry, path, rules)
            wanted = rules.enters(entry.name) if is_directory else seen is not None
            if not wanted or ignores.cover(path, directory=is_directory):
                continue
            if why := unstorable(path):
                found.unreadable[printable(path)] = why
            elif seen is None:
                stack.append((path, ignores))
            else:
                found.files[path] = seen
    return found


def look(root: Path, entry: os.DirEntry[str], path: str, rules: Rules) -> OnDisk | None:
    """Return what `entry` is, or None when it is no file of the source."""
    if not rules.takes(path):
        return None
    try:
        if entry.is_symlink() and not leads_inside(root, Path(entry.path)):
            return None
        status = entry.stat()
    except (OSError, RuntimeError):
        return None
    return OnDisk(status.st_size, status.st_mtime_ns) if stat.S_ISREG(status.st_mode) else None


def unstorable(path: str) -> str | None:
    """Return why a path can be neither stored nor shown, or None."""
    try:
        size = len(path.encode())
    except UnicodeEncodeError:
        return "the name is not valid UTF-8"
    return None if size <= MAX_PATH_BYTES else f"its path is longer than {MAX_PATH_BYTES} bytes"


def printable(path: str) -> str:
    """Return a path for people: other bytes than UTF-8 in hexadecimal, and of a long one the beginning."""
    shown = os.fsencode(path).decode("utf-8", "backslashreplace")
    return shown if len(shown) <= MAX_SHOWN else f"{shown[:MAX_SHOWN]}..."


def ignores_above(root: Path, below: str) -> Ignores:
    """Return the ignore files that hold in the parents of `below`, outermost first."""
    ignores, relative = Ignores(), ""
    for part in below.split("/") if below else []:
        ignores = ignores.inside(root / relative, relative, IGNORE_FILES)
        relative = f"{relative}/{part}" if relative else part
    return ignores


def covered(root: Path, rules: Rules, path: str) -> bool:
    """Whether some directory above `path`, or `path` itself, is left out: a hint about it says nothing.

    That includes what a walk does not reach: below a link to a directory, or behind a link that leads outside.
    """
    ignores, relative = Ignores(), ""
    parts = path.split("/")
    for index, part in enumerate(parts):
        ignores = ignores.inside(root / relative, relative, IGNORE_FILES)
        relative = f"{relative}/{part}" if relative else part
        above = index < len(parts) - 1
        if (above and not rules.enters(part)) or ignores.cover(relative, directory=above):
            return True
        if os.path.islink(root / relative) and (above or not leads_inside(root, root / relative)):  # noqa: PTH114 - Path raises where access is denied
            return True
    return False


def leads_inside(root: Path, link: Path) -> bool:
    """Whether what the link leads to is inside the root."""
    try:
        return link.resolve().is_relative_to(root.resolve())
    except (OSError, RuntimeError):
        return False
