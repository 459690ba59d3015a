"""PostgreSQL as a server the supervisor can keep running."""

import contextlib
import os
import signal
import subprocess
from pathlib import Path
from typing import IO

from app.db.embedded.binaries import choose_postgres
from app.db.embedded.cluster import Cluster, existing_majors
from app.db.embedded.errors import EmbeddedServerError
from app.db.embedded.launcher import check_reachable, launch, postgres_account
from app.db.embedded.layout import Layout
from app.db.embedded.orphans import stop_orphans
from app.db.embedded.ports import LOOPBACK, kept_port
from app.db.embedded.postgres_settings import SETTINGS_FILE, settings_text
from app.db.embedded.private_files import write_private
from app.db.embedded.socket_directory import socket_directory

# Line 8 of postmaster.pid is the postmaster's state (LOCK_FILE_LINE_PM_STATUS); pg_ctl reads it too.
_STATUS_LINE = 7


class Postgres:
    """The PostgreSQL server of one data directory."""

    name = "postgres"

    def __init__(self, layout: Layout, wheel: str | None = None) -> None:
        """Describe the server.

        Args:
            layout: Where its data lies.
            wheel: Use this wheel and no other.
        """
        self.port = 0
        self._layout = layout
        self._wheel = wheel
        self._cluster: Cluster | None = None
        self._sockets: Path | None = None
        self._was_ready = False

    def start(self, output: IO[bytes]) -> subprocess.Popen[bytes]:
        """Create or mend what is needed, then start the postmaster."""
        cluster = self._cluster = self._cluster or self._find_cluster()
        self._end_predecessor(cluster)
        cluster.ensure()
        self._sockets = socket_directory(self._layout, cluster.account)
        if not self._was_ready:
            # Once users have the port it stays; before that, one that was taken meanwhile is given up.
            self.port = kept_port(self._layout.run / "postgres.port")
        settings = cluster.directory / SETTINGS_FILE
        write_private(settings, settings_text(), cluster.account.uid, cluster.account.gid)
        return launch(
            [
                cluster.installation.bin_dir / "postgres",
                f"-D{cluster.directory}",
                f"-clisten_addresses={LOOPBACK}",
                f"-cport={self.port}",
                f"-cunix_socket_directories={_quoted(self._sockets)}",
            ],
            account=cluster.account,
            cwd=cluster.directory,
            output=output,
            on_orphaned=signal.SIGINT,
        )

    def is_ready(self, pid: int) -> bool:
        """Tell whether the postmaster says it accepts connections."""
        if self._cluster is None:
            return False
        try:
            lines = (self._cluster.directory / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return False
        ready = len(lines) > _STATUS_LINE and lines[0] == str(pid) and lines[_STATUS_LINE].strip() == "ready"
        self._was_ready = self._was_ready or ready
        return ready

    def stop(self, process: subprocess.Popen[bytes]) -> None:
        """Ask for a fast shutdown: sessions are ended, everything is written."""
        process.send_signal(signal.SIGINT)

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """Ask for an immediate shutdown, which ends all children; the next start recovers from the log."""
        process.send_signal(signal.SIGQUIT)

    def clean_up(self) -> None:
        """Remove the directory of the unix socket, which may lie outside the data directory."""
        if self._sockets is not None:
            with contextlib.suppress(OSError):
                self._sockets.rmdir()

    def paths(self) -> dict[str, Path]:
        """Return the directory of the binaries and that of the unix socket."""
        if self._cluster is None or self._sockets is None:
            return {}
        return {"bin": self._cluster.installation.bin_dir, "socket": self._sockets}

    def _find_cluster(self) -> Cluster:
        installation = choose_postgres(existing_majors(self._layout), self._wheel)
        directory = self._layout.postgres
        if not directory.exists():
            directory.mkdir(mode=0o700)
            self._give_to_owner_of_data(directory)
        account = postgres_account(directory)
        if account.uid >= 0:
            check_reachable(directory, account)
            check_reachable(installation.bin_dir / "postgres", account)
            os.chown(directory, account.uid, account.gid)
        return Cluster(self._layout, installation, account)

    def _give_to_owner_of_data(self, directory: Path) -> None:
        owner = self._layout.data_dir.stat()
        if os.geteuid() == 0 and owner.st_uid != 0:
            os.chown(directory, owner.st_uid, owner.st_gid)

    def _end_predecessor(self, cluster: Cluster) -> None:
        pid_file = cluster.directory / "postmaster.pid"
        if not stop_orphans(cluster.directory, "postgres", pid_file, signal.SIGINT):
            raise EmbeddedServerError(
                f"A PostgreSQL process from an earlier start still works in {cluster.directory} and cannot "
                "be ended: end it by hand or restart the machine."
            )


def _quoted(directory: Path) -> str:
    # The setting is a list: quotes keep spaces and commas of the path.
    return '"' + str(directory).replace('"', '""') + '"'
