"""Ports, state, logs and private files: the small parts the servers are kept running with."""

import stat
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.db.embedded.launcher import OWN_ACCOUNT
from app.db.embedded.layout import Layout
from app.db.embedded.log_file import LogFile
from app.db.embedded.ports import is_free, kept_port
from app.db.embedded.private_files import write_private
from app.db.embedded.socket_directory import socket_directory
from app.db.embedded.state import ServerState, SupervisorState, read_state

servers = st.builds(
    ServerState,
    status=st.sampled_from(["starting", "ready", "failed"]),
    message=st.text(),
    port=st.integers(0, 65535),
    pid=st.integers(0, 2**22),
    paths=st.dictionaries(st.text(), st.text(), max_size=2),
)


@given(st.integers(1, 2**22), st.dictionaries(st.text(), servers, max_size=3))
def test_a_state_is_read_as_it_was_written(pid: int, told: dict[str, ServerState]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "state"
        SupervisorState(pid, told).write(path)
        assert read_state(path) == SupervisorState(pid, told)


def test_there_is_no_state_before_the_first_write(tmp_path: Path) -> None:
    assert read_state(tmp_path / "state") is None


def test_a_private_file_is_replaced_whole_and_closed_to_others(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("a longer text that others may read")
    write_private(path, "new")
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("found", ["", "no number\n", "80\n", "99999999\n", "-1"])
def test_a_port_file_that_makes_no_sense_is_replaced(tmp_path: Path, found: str) -> None:
    file = tmp_path / "port"
    file.write_text(found)
    port = kept_port(file)
    assert is_free(port)
    assert kept_port(file) == port


def test_a_log_is_kept_small_while_it_is_written(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "log")
    with log.open() as output:
        output.write(b"old\n" * 100)
        log.trim(max_bytes=100)
        output.write(b"new\n")
    assert log.path.read_bytes() == b"new\n"
    assert (tmp_path / "log.1").read_bytes() == b"old\n" * 100


def test_last_words_prefer_what_went_wrong_since_the_start(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "log")
    log.path.write_text("FATAL: yesterday\n")
    with log.open() as output:
        output.write(b"LOG: 1\nLOG: 2\nLOG: 3\nFATAL: disk full\nLOG: shut down\n")
    assert log.last_words() == "LOG: 2 | LOG: 3 | FATAL: disk full"


def test_a_socket_directory_that_someone_else_prepared_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime, trap = tmp_path / "runtime", tmp_path / "trap"
    runtime.mkdir()
    trap.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    layout = Layout.of(tmp_path / ("long" * 30))
    expected = socket_directory(layout, OWN_ACCOUNT)
    assert expected.parent == runtime
    expected.rmdir()
    expected.symlink_to(trap)
    found = socket_directory(layout, OWN_ACCOUNT)
    assert found != expected
    assert found.resolve() != trap
    assert stat.S_IMODE(found.stat().st_mode) == 0o700
