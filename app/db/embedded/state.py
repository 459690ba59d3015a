"""What the supervisor tells its users, in one file."""

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

from app.db.embedded.private_files import write_private

Status = Literal["starting", "ready", "failed"]


@dataclass(frozen=True, slots=True)
class ServerState:
    """One server as its supervisor sees it.

    Attributes:
        status: `starting` also while it comes back after a crash; `failed` is retried with growing pauses.
        message: One sentence when it failed, else empty.
        port: Its loopback port, or 0 before one was chosen.
        pid: Its process, or 0 when there is none.
        paths: Places a user may want: `bin` and `socket` for PostgreSQL.
    """

    status: Status = "starting"
    message: str = ""
    port: int = 0
    pid: int = 0
    paths: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SupervisorState:
    """Everything the supervisor says."""

    supervisor_pid: int
    servers: dict[str, ServerState]

    def write(self, path: Path) -> None:
        """Replace the state file atomically.

        Raises:
            OSError: The directory cannot be written or is full.
        """
        write_private(path, json.dumps(asdict(self), indent=2) + "\n")

    def supervisor_exists(self) -> bool:
        """Tell whether the process that wrote this still exists."""
        try:
            os.kill(self.supervisor_pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return True


def read_state(path: Path) -> SupervisorState | None:
    """Return the state, or None when no supervisor has written one."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return None
    servers = {name: ServerState(**server) for name, server in raw["servers"].items()}
    return SupervisorState(supervisor_pid=raw["supervisor_pid"], servers=servers)
