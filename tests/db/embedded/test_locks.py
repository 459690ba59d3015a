"""Locks: who holds them, and that nobody holds them by accident."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from app.db.embedded.locks import FileLock

PROJECT = Path(__file__).parents[3]

FORKING_HOLDER = """
import os, sys
from pathlib import Path
from app.db.embedded.locks import FileLock
lock = FileLock(Path(sys.argv[1]))
assert lock.try_exclusive()
child = os.fork()
if child:
    print(child, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "lock"


def test_sharers_keep_out_whoever_wants_it_alone(path: Path) -> None:
    with FileLock(path) as first, FileLock(path) as second, FileLock(path) as alone:
        assert first.try_shared()
        assert second.try_shared()
        assert not alone.try_exclusive()
        first.release()
        second.close()
        assert alone.try_exclusive()
        assert not first.try_shared()


def test_a_forked_child_does_not_keep_the_lock_of_its_killed_parent(
    path: Path, eventually: Callable[[Callable[[], object]], None]
) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", FORKING_HOLDER, str(path)],
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    with FileLock(path) as other:
        assert not other.try_exclusive()
        parent.kill()
        parent.wait()
        eventually(other.try_exclusive)
        os.kill(child, 0)
    parent.communicate()


def test_a_started_program_does_not_keep_the_lock(
    path: Path, eventually: Callable[[Callable[[], object]], None]
) -> None:
    with FileLock(path) as lock, FileLock(path) as other:
        assert lock.try_exclusive()
        program = subprocess.Popen(
            [sys.executable, "-c", "input()"], stdin=subprocess.PIPE, close_fds=False, stderr=subprocess.DEVNULL
        )
        lock.close()
        try:
            eventually(other.try_exclusive)
        finally:
            program.communicate(b"\n")


def test_a_lock_knows_when_its_file_was_replaced(path: Path) -> None:
    with FileLock(path) as lock:
        assert lock.on_disk()
        path.unlink()
        assert not lock.on_disk()
        path.touch()
        assert not lock.on_disk()
