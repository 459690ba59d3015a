"""One user's hold on the servers: the shared lock, and the supervisor that lives because of it."""

import subprocess
import sys
import threading
import time
from collections.abc import Collection
from pathlib import Path

from app.db.embedded.errors import EmbeddedServerError
from app.db.embedded.layout import Layout
from app.db.embedded.locks import FileLock
from app.db.embedded.log_file import LogFile
from app.db.embedded.state import SupervisorState, read_state

_POLL_SECONDS = 0.01
# Longer than the supervisor's own patience with its servers.
_LEAVE_SECONDS = 13.0
_PROJECT = Path(__file__).parents[3]


class Attachment:
    """A user of the servers, from `enter` to `close`.

    No method but `close` takes longer than the start of a Python process; whoever waits, calls again.
    Methods may be called from any thread.
    """

    def __init__(self, layout: Layout, needs: Collection[str], wheel: str | None = None) -> None:
        """Describe a user.

        Args:
            layout: The data directory.
            needs: Names of the servers without which it is no use: `postgres`, `valkey`.
            wheel: PostgreSQL wheel a supervisor started from here uses, or None for the preferred one.
        """
        self._layout = layout
        self._needs = needs
        self._wheel = wheel
        self._users: FileLock | None = None
        self._started_unsettled = False
        self._one_at_a_time = threading.Lock()

    def enter(self) -> bool:
        """Become a user; return False while an earlier supervisor is still stopping its servers.

        Raises:
            EmbeddedServerError: The data directory cannot be used.
        """
        with self._one_at_a_time:
            self._layout.create()
            try:
                self._users = self._users or FileLock(self._layout.users_lock)
                return self._users.try_shared()
            except OSError as error:
                raise EmbeddedServerError(
                    f"Cannot lock {self._layout.users_lock} ({error.strerror}): make it writable for this "
                    "user or set REYNARD_DATA_DIR to another directory on a local disk."
                ) from error

    def settle(self) -> SupervisorState | None:
        """Return the state when all needed servers run, else None; start a supervisor if none lives.

        Raises:
            EmbeddedServerError: A needed server, or the supervisor, cannot run.
        """
        with self._one_at_a_time:
            with FileLock(self._layout.supervisor_lock) as lock:
                if lock.try_exclusive():
                    self._start_supervisor(lock)
                    return None
            state = self._settled_state()
            if state is not None:
                self._started_unsettled = False
            return state

    def supervised(self) -> bool:
        """Tell whether a supervisor lives."""
        try:
            with FileLock(self._layout.supervisor_lock) as lock:
                return not lock.try_shared()
        except OSError:
            return False

    def supervisor_pid(self) -> int | None:
        """Return the process of the supervisor, or None when there is none."""
        state = read_state(self._layout.state) if self.supervised() else None
        return state.supervisor_pid if state else None

    def close(self) -> None:
        """Stop being a user; the last one waits for the servers to be stopped.

        Without that, the end of a container's main process would kill them in the middle of it.
        """
        with self._one_at_a_time:
            users, self._users = self._users, None
        if users is None:
            return
        deadline = time.monotonic() + _LEAVE_SECONDS
        with users:
            users.release()
            while time.monotonic() < deadline and self.supervised():
                others = not users.try_exclusive() and users.try_shared()
                users.release()
                if others:
                    return
                time.sleep(_POLL_SECONDS)

    def _settled_state(self) -> SupervisorState | None:
        state = read_state(self._layout.state)
        if state is None or not state.supervisor_exists():
            return None
        needed = [state.servers[name] for name in self._needs]
        for server in needed:
            if server.status == "failed":
                raise EmbeddedServerError(server.message)
        return state if all(server.status == "ready" for server in needed) else None

    def _start_supervisor(self, lock: FileLock) -> None:
        if self._started_unsettled:
            self._started_unsettled = False
            raise EmbeddedServerError(f"The supervisor of the embedded servers ended early, {self._log()}")
        # What a killed supervisor said last must not be taken for the new one's word.
        self._layout.state.unlink(missing_ok=True)
        command = [sys.executable, "-m", "app.db.embedded.supervisor", str(self._layout.data_dir)]
        command += ["--lock", str(lock.fileno())]
        command += ["--wheel", self._wheel] if self._wheel else []
        try:
            with LogFile(self._layout.supervisor_log).open() as output:
                subprocess.run(  # noqa: S603 -- our own module
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    cwd=_PROJECT,
                    pass_fds=[lock.fileno()],
                    start_new_session=True,
                    check=True,
                )
        except (OSError, subprocess.SubprocessError) as error:
            raise EmbeddedServerError(
                f"The supervisor of the embedded servers cannot be started ({error}), {self._log()}"
            ) from error
        self._started_unsettled = True

    def _log(self) -> str:
        log = LogFile(self._layout.supervisor_log)
        return f"see {log.path}: {log.last_words()}"
