"""`python main.py --check`, and what a newcomer's mistakes print: one sentence each, and the exit code says it too."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from app.core.settings import Settings, Slice
from app.db.embedded import EmbeddedServers
from app.directory import SETTINGS

ROOT = Path(__file__).resolve().parents[1]
KINDS: tuple[type[Slice], ...] = (Settings, *SETTINGS)
KNOWN = {name for kind in KINDS for name in kind.variables()}


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Newcomer:
    """Somebody in a directory of their own, with nothing set but what the test says."""

    def __init__(self, home: Path, port: int) -> None:
        self.home = home
        self.variables = {"PORT": str(port)}

    def types(self, *arguments: str, **variables: str) -> tuple[int, str]:
        """Run main.py and return its exit code and everything it printed, on one line."""
        environment = {key: value for key, value in os.environ.items() if key.upper() not in KNOWN}
        ended = subprocess.run(
            [sys.executable, str(ROOT / "main.py"), *arguments],
            cwd=self.home,
            env=environment | self.variables | variables | {"COLUMNS": "1000"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
            check=False,
        )
        return ended.returncode, ended.stdout


@pytest.fixture
def newcomer(tmp_path: Path, port: int) -> Newcomer:
    home = tmp_path / "a home with spaces"
    home.mkdir()
    return Newcomer(home, port)


def test_nothing_set_is_good_and_leaves_nothing_behind(newcomer: Newcomer) -> None:
    code, said = newcomer.types("--check")
    assert (code, said.splitlines()[-1]) == (0, "Everything can start.")
    assert list(newcomer.home.iterdir()) == []


def test_a_taken_port(newcomer: Newcomer) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = str(other.getsockname()[1])
        for arguments in ((), ("--check",)):
            code, said = newcomer.types(*arguments, PORT=taken)
            assert code == 1
            assert f"127.0.0.1:{taken} cannot be used (Address already in use): set HOST or PORT." in said
    assert not (newcomer.home / ".reynard").exists()


def test_a_host_of_another_machine(newcomer: Newcomer) -> None:
    code, said = newcomer.types(HOST="192.0.2.1")
    assert (code, "192.0.2.1" in said, "set HOST" in said) == (1, True, True)


def test_a_broken_env_file(newcomer: Newcomer) -> None:
    (newcomer.home / ".env").write_text('LOG_LEVEL=INFO\nSECRET_KEY="half a quote\n')
    code, said = newcomer.types()
    assert code == 1
    assert said.splitlines() == [
        "Reynard cannot start.",
        ".env line 2 is no setting: write NAME=value, and put a value with quotes in the other quotes.",
    ]


def test_production_without_a_key_or_with_a_placeholder(newcomer: Newcomer) -> None:
    for key in ("", "change-me-to-a-secret-key-of-many-letters"):
        code, said = newcomer.types("--check", ENVIRONMENT="production", SECRET_KEY=key)
        assert code == 1
        assert "SECRET_KEY must be a secret of at least 32 characters in production: make one with" in said
        assert not key or key not in said


def test_a_watch_root_that_is_not_there(newcomer: Newcomer) -> None:
    code, said = newcomer.types("--check", RAG_CONTINUOUS_INDEXING_WATCH_ROOT="/no/such/place")
    assert code == 1
    assert (
        "the watch root /no/such/place is no directory that can be read: set RAG_CONTINUOUS_INDEXING_WATCH_ROOT" in said
    )


def test_a_data_directory_below_a_file(newcomer: Newcomer) -> None:
    (newcomer.home / "file").write_text("")
    code, said = newcomer.types("--check", REYNARD_DATA_DIR="file/below")
    assert code == 1
    assert "file cannot be written: let this user write there, or set REYNARD_DATA_DIR" in said


def test_a_database_where_nobody_answers(newcomer: Newcomer, port: int) -> None:
    code, said = newcomer.types("--check", DATABASE_URL=f"postgresql://me:hidden@127.0.0.1:{port}/reynard")
    assert code == 1
    assert f"nothing answers at 127.0.0.1:{port}" in said
    assert "hidden" not in said


def test_a_wrong_password(newcomer: Newcomer, servers: EmbeddedServers) -> None:
    url = servers.postgres_url("postgres")
    scheme, rest = url.split("://")
    user, host = rest.split(":", 1)[0], rest.rsplit("@", 1)[1]
    code, said = newcomer.types("--check", AUTH_DATABASE_URL=f"{scheme}://{user}:hidden@{host}")
    assert code == 1
    assert f"password rejected for user {user}" in said
    assert "hidden" not in said


def test_a_redis_where_nobody_answers(newcomer: Newcomer, port: int) -> None:
    code, said = newcomer.types("--check", REDIS_URL=f"redis://:hidden@127.0.0.1:{port}/0")
    assert code == 1
    assert "REDIS_URL says where it is" in said
    assert "hidden" not in said


def test_an_argument_nobody_knows(newcomer: Newcomer) -> None:
    code, said = newcomer.types("--chekc")
    assert code == 2
    assert "unrecognized arguments: --chekc" in said
