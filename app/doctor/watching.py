"""What continuous indexing needs of the system: every directory below the watch root takes a watch of inotify."""

import asyncio
import os
from contextlib import suppress
from pathlib import Path

from app.core.settings import Settings
from app.doctor.diagnosis import Diagnosis, warning, well
from app.doctor.places import watched_root
from app.services.rag.indexing.rules import EXCLUDED_DIRECTORIES

LIMITS = Path("/proc/sys/fs/inotify")
PROCESSES = Path("/proc")
INSTANCE = "anon_inode:inotify"

MOST_DIRECTORIES = 500_000
"""Where counting stops: 3 s on a local disk."""

NEAR = 0.8
"""Editors, file managers and sync programs of the same user take watches too."""

INSTANCES = 2
"""A source is watched by two: its root flat, its directories deep."""

PERSISTENTLY = "and put the same line into /etc/sysctl.d/90-reynard.conf"


async def examine_watching(settings: Settings) -> list[Diagnosis]:
    """Compare the limits of inotify with what the watch root needs."""
    root = await asyncio.to_thread(watched_root, settings)
    if root is None:
        return [well("inotify", "nothing is watched")]
    return await asyncio.to_thread(limits, root)


def limits(root: Path) -> list[Diagnosis]:
    """Look at both limits, where the system has them."""
    if not LIMITS.is_dir():
        return [well("inotify", "this system has none, and no such limit")]
    return [watches(root), instances()]


def watches(root: Path) -> Diagnosis:
    """Say whether each directory can be watched."""
    limit = read_limit("max_user_watches")
    needed = count_directories(root)
    several = f"{needed} directories below {root}, {limit} watches allowed"
    if needed < limit * NEAR:
        return well("inotify watches", several)
    return warning(
        "inotify watches",
        f"{several}: beyond that saves are seen by polling only; "
        f"as root, run sysctl fs.inotify.max_user_watches={max(524_288, 2 * needed)} {PERSISTENTLY}",
    )


def instances() -> Diagnosis:
    """Say whether this user can open two more watchers."""
    limit = read_limit("max_user_instances")
    used = count_instances()
    several = f"{used} of {limit} instances in use"
    if used + INSTANCES <= limit:
        return well("inotify instances", several)
    return warning(
        "inotify instances",
        f"{several}: saves are seen by polling only; "
        f"as root, run sysctl fs.inotify.max_user_instances={max(512, 2 * limit)} {PERSISTENTLY}",
    )


def read_limit(name: str) -> int:
    """Return a limit of the kernel."""
    return int((LIMITS / name).read_text())


def count_directories(root: Path) -> int:
    """Return how many directories are watched: excluded ones only at the top are not (see `Watcher`)."""
    total = 1
    for place, names, _ in os.walk(root):
        if Path(place) == root:
            names[:] = [name for name in names if name not in EXCLUDED_DIRECTORIES]
        total += len(names)
        if total >= MOST_DIRECTORIES:
            break
    return total


def count_instances() -> int:
    """Return how many inotify instances processes of this user hold, as far as we may look."""
    found = 0
    for process in PROCESSES.glob("[0-9]*"):
        with suppress(OSError):
            found += instances_of(process) if process.stat().st_uid == os.getuid() else 0
    return found


def instances_of(process: Path) -> int:
    """Return how many inotify instances the process at that place of /proc holds."""
    found = 0
    for entry in (process / "fd").iterdir():
        with suppress(OSError):
            found += str(entry.readlink()) == INSTANCE
    return found
