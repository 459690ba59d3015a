"""The files in which processes share their numbers: each process owns the first free slot.

A slot is free when nobody holds a lock on its file. The kernel lets go of a lock however its process ends, and the next
process takes the slot over and counts on in its files. So counters never fall when a worker is replaced, and there are
never more files than there were workers at one time. The first process of all begins with empty files.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from typing import IO

import structlog
from prometheus_client.mmap_dict import MmapedDict

from app.core.metrics import value

log = structlog.get_logger(__name__)

FILE_BYTES = 1 << 20
"""Size of a file, room for about 7,000 series. It is allocated for real: a write into a mapped file for which the disk
has no room would end the process."""

KINDS = ("counter", "histogram", "gauge_livesum", "gauge_livemostrecent")

LIVE_GAUGES = "gauge_live*"

_shared: list[Path] = []


def shared_directory() -> Path | None:
    """Return where the numbers of this process are shared, or None if they are not."""
    return _shared[0] if _shared else None


@contextmanager
def share_metrics(directory: Path) -> Iterator[None]:
    """Share the numbers of this process in `directory`; inside another sharing this changes nothing.

    A directory that cannot be used (a full disk, no rights, no locks) costs a warning: each process then counts alone.
    """
    with ExitStack() as held:
        if not _shared:
            try:
                slot = take_slot(directory, held)
                value.bind({kind: open_file(directory / f"{kind}_{slot}.db") for kind in KINDS})
            except OSError as error:
                log.warning("metrics_not_shared", directory=str(directory), error=error.strerror)
            else:
                _shared.append(directory)
                held.callback(_shared.clear)
                held.callback(value.unbind)
        yield


def take_slot(directory: Path, held: ExitStack) -> int:
    """Return the number of the slot that is ours until `held` is closed."""
    directory.mkdir(parents=True, exist_ok=True)
    with arranging(directory):
        slot = next(number for number in count() if lock(directory / f"slot_{number}", held))
        alone = True
        for other in directory.glob("slot_*"):
            with ExitStack() as trying:
                alone &= other.name == f"slot_{slot}" or lock(other, trying)
        for file in directory.glob("*.db" if alone else f"{LIVE_GAUGES}_{slot}.db"):
            file.unlink()
    return slot


def forget_dead(directory: Path) -> None:
    """Remove what processes that ended without a word said of themselves: how many requests they had in flight."""
    with arranging(directory):
        for slot in directory.glob("slot_*"):
            with ExitStack() as trying:
                if lock(slot, trying):
                    for file in directory.glob(f"{LIVE_GAUGES}_{slot.name.removeprefix('slot_')}.db"):
                        file.unlink()


@contextmanager
def arranging(directory: Path) -> Iterator[None]:
    """Let only one process at a time take or clear slots."""
    with (directory / "arranging").open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def lock(path: Path, held: ExitStack) -> bool:
    """Whether the lock on this file was free; it is ours until `held` is closed."""
    file: IO[bytes] = path.open("ab")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return False
    held.enter_context(file)
    return True


def open_file(path: Path) -> MmapedDict:
    """Open a file of numbers; see FILE_BYTES.

    Raises:
        OSError: The disk has no room for it.
    """
    with path.open("ab") as file:
        os.posix_fallocate(file.fileno(), 0, FILE_BYTES)
    return MmapedDict(str(path))
