"""One server under supervision: started, watched, restarted, stopped."""

import logging
import subprocess
import time

from app.db.embedded.errors import EmbeddedServerError
from app.db.embedded.log_file import LogFile
from app.db.embedded.program import Program
from app.db.embedded.state import ServerState, Status

logger = logging.getLogger(__name__)

_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 10.0
# A server that ran this long was sound: its next failure starts with the shortest pause again.
_SOUND_SECONDS = 30.0
# Right after a crash a start can meet what the old server left ("shared memory block is still in use").
_TRIES_BEFORE_FAILED = 4


class ManagedServer:
    """Keeps one server running until it is told to stop."""

    def __init__(self, program: Program, log: LogFile) -> None:
        self.program = program
        self.log = log
        self.status: Status = "starting"
        self._message = ""
        self._process: subprocess.Popen[bytes] | None = None
        self._failures = 0
        self._retry_at = 0.0
        self._started_at = 0.0

    def state(self) -> ServerState:
        """Return what users may know about it now."""
        return ServerState(
            status=self.status,
            message=self._message,
            port=self.program.port,
            pid=self._process.pid if self._process else 0,
            paths={name: str(path) for name, path in self.program.paths().items()},
        )

    def tick(self) -> None:
        """Do what is due: start it, see whether it is ready, notice that it ended."""
        if self._process is None:
            if time.monotonic() >= self._retry_at:
                self._start()
        elif self._process.poll() is not None:
            self._ended(self._process.returncode)
        elif self.status != "ready" and self.program.is_ready(self._process.pid):
            self.status, self._message = "ready", ""
            logger.info("%s is ready on port %d", self.program.name, self.program.port)

    def request_stop(self) -> None:
        """Ask the server to end, if it runs."""
        if self._process is not None and self._process.poll() is None:
            self.program.stop(self._process)

    def wait_stopped(self, deadline: float) -> None:
        """Wait until it ended; past the deadline (of `time.monotonic`) it is killed, by degrees."""
        if self._process is not None:
            self._wait_or_force(self._process, deadline)
            self._process = None
        self.program.clean_up()

    def _wait_or_force(self, process: subprocess.Popen[bytes], deadline: float) -> None:
        for force in (self.program.kill, subprocess.Popen.kill):
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                logger.warning("%s does not end, forcing it", self.program.name)
                force(process)
                deadline = time.monotonic() + 2.0
            else:
                return
        process.wait()

    def _start(self) -> None:
        self._started_at = time.monotonic()
        try:
            with self.log.open() as output:
                self._process = self.program.start(output)
        except EmbeddedServerError as error:
            self._failed(str(error), final=True)
        except (OSError, subprocess.SubprocessError) as error:
            self._failed(f"{self.program.name} cannot be started: {error}.", final=True)

    def _ended(self, code: int) -> None:
        self._process = None
        if time.monotonic() - self._started_at > _SOUND_SECONDS:
            self._failures = 0
        words = self.log.last_words()
        self._failed(f"{self.program.name} ended with code {code}; see {self.log.path}: {words}", final=False)

    def _failed(self, message: str, *, final: bool) -> None:
        self._failures += 1
        pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** (self._failures - 1))
        self._retry_at = time.monotonic() + pause
        given_up = final or self._failures >= _TRIES_BEFORE_FAILED
        self.status, self._message = ("failed", message) if given_up else ("starting", "")
        logger.warning("%s (next try in %.1f s)", message, pause)
