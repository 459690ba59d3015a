"""Server processes that a killed supervisor, or a killed postmaster, left behind."""

import os
import signal
import subprocess
import time
from pathlib import Path

_PROC = Path("/proc/self/cwd")
_GRACE_SECONDS = 10.0
_KILLED_SECONDS = 5.0


def stop_orphans(directory: Path, program: str, pid_file: Path, polite: signal.Signals) -> bool:
    """End every process of a program that works in a directory, and wait until they are gone.

    Only the holder of the supervisor lock may call this: then such a process belongs to nobody.

    Args:
        directory: Working directory of the server: PostgreSQL's data directory, Valkey's directory.
        program: Name of the program, as a check against numbers of processes that were used again.
        pid_file: File whose first line is the number of the main process.
        polite: The signal that makes the main process end cleanly.

    Returns:
        Whether all of them are gone now.
    """
    main = _read_pid(pid_file)
    deadline = time.monotonic() + _GRACE_SECONDS
    if main in (orphans := _find(directory, program, main)):
        _send(main, polite)
    elif orphans:
        # Its main process is dead; the others notice that by themselves within moments, unless they are busy.
        deadline = time.monotonic() + 1.0
    while orphans and time.monotonic() < deadline:
        time.sleep(0.02)
        orphans = _find(directory, program, main)
    for pid in orphans:
        _send(pid, signal.SIGKILL)
    deadline = time.monotonic() + _KILLED_SECONDS
    while _find(directory, program, main):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    if _PROC.exists():
        # Nobody is left, yet its number may belong to a stranger by now and make PostgreSQL refuse to start.
        pid_file.unlink(missing_ok=True)
    return True


def _read_pid(pid_file: Path) -> int:
    try:
        return int(pid_file.read_text(encoding="utf-8").split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return 0


def _find(directory: Path, program: str, main: int) -> set[int]:
    if _PROC.exists():
        return {pid for pid in _process_ids() if _works_in(pid, directory) and _runs(pid, program)}
    return {main} if main and _runs_elsewhere(main, program) else set()


def _process_ids() -> list[int]:
    return [int(entry) for entry in os.listdir("/proc") if entry.isdecimal()]  # noqa: PTH208 -- names, not paths


def _works_in(pid: int, directory: Path) -> bool:
    try:
        return Path(f"/proc/{pid}/cwd").readlink() == directory
    except OSError:
        return False


def _runs(pid: int, program: str) -> bool:
    try:
        return Path(f"/proc/{pid}/exe").readlink().name.removesuffix(" (deleted)") == program
    except OSError:
        return False


def _runs_elsewhere(pid: int, program: str) -> bool:
    answer = subprocess.run(  # noqa: S603 -- fixed arguments
        ["/bin/ps", "-o", "comm=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return Path(answer.stdout.strip()).name.startswith(program)


def _send(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
