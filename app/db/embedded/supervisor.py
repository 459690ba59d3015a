"""The process that owns the embedded servers of one data directory.

Started by the first user (see `attachment`), with the supervisor lock already taken and handed down, so
there is never a moment with two supervisors. It ends when no user holds the users' lock any more. It always
runs both servers: an idle Valkey costs 7 MB and 30 ms, less than code that tells the wishes of users apart.
"""

import argparse
import logging
import os
import signal
import sys
import time
from pathlib import Path

from app.db.embedded.layout import Layout
from app.db.embedded.locks import FileLock
from app.db.embedded.log_file import LogFile
from app.db.embedded.managed_server import ManagedServer
from app.db.embedded.postgres import Postgres
from app.db.embedded.state import SupervisorState
from app.db.embedded.valkey import Valkey

logger = logging.getLogger(__name__)

_BUSY_SECONDS = 0.01
_IDLE_SECONDS = 0.1
_TRIM_EVERY_SECONDS = 30.0
# PostgreSQL's fast shutdown takes 0.1 s here; this bounds it on a slow disk with much to write.
_STOP_SECONDS = 10.0


class Supervisor:
    """Keeps both servers running until nobody uses them or someone asks it to end."""

    def __init__(self, layout: Layout, lock: FileLock, wheel: str | None = None) -> None:
        """Take over a data directory.

        Args:
            layout: The data directory.
            lock: The supervisor lock, held.
            wheel: Name of the PostgreSQL wheel to use, or None for the preferred one.
        """
        self._layout = layout
        self._lock = lock
        self._users = FileLock(layout.users_lock)
        self._servers = [
            ManagedServer(Valkey(layout), LogFile(layout.logs / "valkey.log")),
            ManagedServer(Postgres(layout, wheel), LogFile(layout.logs / "postgres.log")),
        ]
        self._logs = [server.log for server in self._servers] + [LogFile(layout.supervisor_log)]
        self._told: SupervisorState | None = None
        self._asked_to_end = False
        self._trim_at = 0.0

    def ask_to_end(self, *_: object) -> None:
        """Make `run` stop the servers and return; a signal handler."""
        self._asked_to_end = True

    def run(self) -> None:
        """Serve until the end, which leaves no server behind."""
        try:
            while not self._should_end():
                for server in self._servers:
                    server.tick()
                self._tell()
                self._trim_logs()
                busy = any(server.status == "starting" for server in self._servers)
                time.sleep(_BUSY_SECONDS if busy else _IDLE_SECONDS)
        finally:
            self._stop()

    def _should_end(self) -> bool:
        if self._asked_to_end:
            logger.info("asked to end")
        elif not self._lock.on_disk():
            logger.warning("the data directory was removed or replaced")
        elif not self._users.try_exclusive():
            return False
        return True

    def _tell(self) -> None:
        state = SupervisorState(os.getpid(), {server.program.name: server.state() for server in self._servers})
        if state != self._told:
            state.write(self._layout.state)
            self._told = state

    def _trim_logs(self) -> None:
        if time.monotonic() >= self._trim_at:
            self._trim_at = time.monotonic() + _TRIM_EVERY_SECONDS
            for log in self._logs:
                log.trim()

    def _stop(self) -> None:
        for server in self._servers:
            server.request_stop()
        deadline = time.monotonic() + _STOP_SECONDS
        for server in self._servers:
            server.wait_stopped(deadline)
        if self._lock.on_disk():
            self._layout.state.unlink(missing_ok=True)
        logger.info("stopped")


def main() -> None:
    """Run as a daemon: `python -m app.db.embedded.supervisor DATA_DIR --lock DESCRIPTOR`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data_dir", type=Path)
    parser.add_argument("--lock", type=int, required=True, help="descriptor that holds the supervisor lock")
    parser.add_argument("--wheel", help="PostgreSQL wheel to use")
    arguments = parser.parse_args()
    if os.fork():
        # The user waits for this process only: a supervisor is never its child and leaves it no zombie.
        os._exit(0)
    layout = Layout.of(arguments.data_dir)
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO, stream=sys.stderr)
    lock = FileLock(layout.supervisor_lock, inherited=arguments.lock)
    supervisor = Supervisor(layout, lock, arguments.wheel)
    signal.signal(signal.SIGTERM, supervisor.ask_to_end)
    for ignored in (signal.SIGINT, signal.SIGHUP):
        # Not SIG_IGN, which the servers would inherit.
        signal.signal(ignored, lambda *_: None)
    supervisor.run()


if __name__ == "__main__":
    main()
