"""Root: who PostgreSQL runs as then, for it refuses root."""

import os
import pwd
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.db.embedded import EmbeddedServerError, attach_blocking
from app.db.embedded.launcher import check_reachable, nobody_account, postgres_account

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="root only: others run PostgreSQL as themselves")


@pytest.fixture
def open_directory() -> Iterator[Path]:
    """Yield a directory that everyone may enter, which pytest's own are not."""
    directory = Path(tempfile.mkdtemp())
    directory.chmod(0o755)
    yield directory
    shutil.rmtree(directory)


def test_a_directory_of_another_user_is_served_as_that_user(
    open_directory: Path, eventually: Callable[[Callable[[], object]], None], process_exists: Callable[[int], bool]
) -> None:
    nobody = pwd.getpwnam("nobody")
    data_dir = open_directory / "data"
    data_dir.mkdir()
    os.chown(data_dir, nobody.pw_uid, nobody.pw_gid)
    with attach_blocking(data_dir) as servers:
        status = Path(f"/proc/{servers.postgres.pid}/status").read_text().splitlines()
        assert [line.split()[1] for line in status if line.startswith("Uid:")] == [str(nobody.pw_uid)]
        assert (data_dir / "postgres" / "18").stat().st_uid == nobody.pw_uid
        killed = servers.supervisor_pid
        assert killed is not None
        os.kill(killed, 9)
        eventually(lambda: not servers.alive())
        # The kernel's order to end with the supervisor must survive the change of user.
        servers.ensure_blocking()
        assert not process_exists(servers.postgres.pid)


def test_nobody_is_the_last_resort(open_directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.db.embedded.launcher.can_unshare", lambda: False)
    assert postgres_account(open_directory) == nobody_account()


def test_a_closed_directory_on_the_way_is_named(open_directory: Path) -> None:
    closed = open_directory / "closed"
    inner = closed / "inner"
    inner.mkdir(parents=True)
    check_reachable(inner, nobody_account())
    closed.chmod(0o700)
    with pytest.raises(EmbeddedServerError, match=f"may not enter {closed}"):
        check_reachable(inner, nobody_account())
