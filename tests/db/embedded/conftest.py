"""Real servers in a directory of their own, and processes that use them."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.db.embedded import attach_blocking
from app.db.embedded.layout import Layout
from app.db.embedded.state import SupervisorState, read_state

PROJECT = Path(__file__).parents[3]

USER = """
import json, sys
from pathlib import Path
from app.db.embedded import attach_blocking
with attach_blocking(Path(sys.argv[1])) as servers:
    print(json.dumps({
        "postgres": servers.postgres_url("postgres"),
        "redis": servers.redis_url,
        "supervisor": servers.supervisor_pid,
    }), flush=True)
    sys.stdin.read()
"""


@dataclass
class User:
    """A process that is attached until its standard input ends."""

    process: subprocess.Popen[str]

    def urls(self) -> dict[str, str | int]:
        assert self.process.stdout is not None
        answer = json.loads(self.process.stdout.readline())
        assert isinstance(answer, dict)
        return answer

    def leave(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        assert self.process.wait(30) == 0

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture
def start_user() -> Iterator[Callable[[Path], User]]:
    users = []

    def start(data_dir: Path) -> User:
        process = subprocess.Popen(
            [sys.executable, "-c", USER, str(data_dir)],
            cwd=PROJECT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        users.append(User(process))
        return users[-1]

    yield start
    for user in users:
        user.kill()
        for pipe in (user.process.stdin, user.process.stdout):
            assert pipe is not None
            pipe.close()


def wait_until(condition: Callable[[], object], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


@pytest.fixture
def eventually() -> Callable[[Callable[[], object]], None]:
    return wait_until


def exists(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def working_in(data_dir: Path) -> set[int]:
    """Find every process whose working directory is below the data directory: servers and their children."""
    found = set()
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdecimal() and (entry / "cwd").readlink().is_relative_to(data_dir):
                found.add(int(entry.name))
    return found


@pytest.fixture
def process_exists() -> Callable[[int], bool]:
    return exists


@pytest.fixture
def processes_in() -> Callable[[Path], set[int]]:
    return working_in


def read(data_dir: Path) -> SupervisorState:
    state = read_state(Layout.of(data_dir).state)
    assert state is not None
    return state


@pytest.fixture
def state_of() -> Callable[[Path], SupervisorState]:
    return read


@pytest.fixture
def fresh_dir(tmp_path: Path) -> Iterator[Path]:
    """Yield a directory that does not exist yet; afterwards nothing may run in it any more."""
    directory = tmp_path / "data"
    yield directory
    try:
        wait_until(lambda: not working_in(directory))
    finally:
        for pid in working_in(directory):
            os.kill(pid, signal.SIGKILL)


@pytest.fixture(scope="session")
def used_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data directory that was used once, to be copied: creating a cluster takes 0.5 s."""
    directory = tmp_path_factory.mktemp("used") / "data"
    with attach_blocking(directory):
        pass
    return directory


@pytest.fixture
def data_dir(fresh_dir: Path, used_dir: Path) -> Path:
    """Return a data directory with a cluster; afterwards nothing may run in it any more."""
    shutil.copytree(used_dir, fresh_dir)
    shutil.rmtree(fresh_dir / "run")
    return fresh_dir
