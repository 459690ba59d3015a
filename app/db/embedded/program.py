"""What the supervisor has to know about a server to keep it running."""

import subprocess
from pathlib import Path
from typing import IO, Protocol


class Program(Protocol):
    """One kind of server. All calls come from the supervisor's only thread."""

    name: str
    port: int

    def start(self, output: IO[bytes]) -> subprocess.Popen[bytes]:
        """Make everything ready and start the process.

        Raises:
            EmbeddedServerError: It cannot start before a person mends something.
            OSError: The disk is full or not writable.
            subprocess.SubprocessError: The process cannot be created.
        """

    def is_ready(self, pid: int) -> bool:
        """Tell whether the process accepts connections."""

    def stop(self, process: subprocess.Popen[bytes]) -> None:
        """Ask the process to end cleanly and soon."""

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """End a process that did not end when asked."""

    def clean_up(self) -> None:
        """Remove what would be left outside the data directory, after the process ended for good."""

    def paths(self) -> dict[str, Path]:
        """Return places that users may want."""
