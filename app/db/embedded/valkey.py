"""Valkey as a server the supervisor can keep running: a cache, nothing of it is on disk."""

import signal
import socket
import subprocess
from pathlib import Path
from typing import IO

from app.db.embedded.binaries import valkey_binary
from app.db.embedded.errors import EmbeddedServerError
from app.db.embedded.launcher import OWN_ACCOUNT, launch
from app.db.embedded.layout import Layout
from app.db.embedded.orphans import stop_orphans
from app.db.embedded.ports import LOOPBACK, kept_port
from app.db.embedded.private_files import new_secret, read_secret, write_private

_CONFIGURATION = """\
bind {host}
port {port}
requirepass {password}
daemonize no
pidfile ./valkey.pid
logfile ""
dir ./
save ""
appendonly no
maxmemory 256mb
maxmemory-policy allkeys-lru
"""


def password_file(layout: Layout) -> Path:
    """Return the file with the password."""
    return layout.secrets / "valkey_password"


class Valkey:
    """The Valkey server of one data directory."""

    name = "valkey"

    def __init__(self, layout: Layout) -> None:
        """Describe the server whose files lie in `layout`."""
        self.port = 0
        self._layout = layout
        self._password = ""
        self._was_ready = False

    def start(self, output: IO[bytes]) -> subprocess.Popen[bytes]:
        """Write the configuration, which holds the password, and start the process."""
        binary = valkey_binary()
        directory = self._layout.valkey
        if not stop_orphans(directory, binary.name, directory / "valkey.pid", signal.SIGTERM):
            raise EmbeddedServerError(
                f"A Valkey process from an earlier start still works in {directory} and cannot be ended:"
                " end it by hand or restart the machine."
            )
        self._password = read_secret(password_file(self._layout)) or new_secret()
        write_private(password_file(self._layout), self._password + "\n")
        if not self._was_ready:
            self.port = kept_port(self._layout.run / "valkey.port")
        text = _CONFIGURATION.format(host=LOOPBACK, port=self.port, password=self._password)
        write_private(directory / "valkey.conf", text)
        return launch(
            [binary, "valkey.conf"],
            account=OWN_ACCOUNT,
            cwd=directory,
            output=output,
            on_orphaned=signal.SIGTERM,
        )

    def is_ready(self, pid: int) -> bool:  # noqa: ARG002 -- the password tells our server from a stranger's
        """Tell whether the server lets us in with the password and answers a ping."""
        try:
            with socket.create_connection((LOOPBACK, self.port), timeout=0.5) as connection:
                connection.sendall(f"AUTH {self._password}\r\nPING\r\n".encode())
                answer = b""
                while answer.count(b"\r\n") < 2 and (part := connection.recv(256)):
                    answer += part
        except OSError:
            return False
        self._was_ready = self._was_ready or answer == b"+OK\r\n+PONG\r\n"
        return answer == b"+OK\r\n+PONG\r\n"

    def stop(self, process: subprocess.Popen[bytes]) -> None:
        """Ask the server to end."""
        process.send_signal(signal.SIGTERM)

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """End the server; it keeps nothing that could be lost."""
        process.kill()

    def clean_up(self) -> None:
        """Do nothing: everything lies in the data directory."""

    def paths(self) -> dict[str, Path]:
        """Return no places: nobody needs them."""
        return {}
