"""Where everything lies below a data directory."""

from dataclasses import dataclass
from pathlib import Path

from app.db.embedded.errors import EmbeddedServerError


@dataclass(frozen=True, slots=True)
class Layout:
    """The paths below one data directory.

    Attributes:
        data_dir: The data directory, absolute and without symbolic links: all names of it meet here.
    """

    data_dir: Path

    @classmethod
    def of(cls, data_dir: Path) -> "Layout":
        """Return the layout of a data directory, which need not exist yet."""
        return cls(data_dir.expanduser().resolve())

    @property
    def postgres(self) -> Path:
        """One PostgreSQL cluster per major version lies in here."""
        return self.data_dir / "postgres"

    @property
    def valkey(self) -> Path:
        """Working directory and configuration of Valkey."""
        return self.data_dir / "valkey"

    @property
    def secrets(self) -> Path:
        """Generated passwords, readable by the owner only."""
        return self.data_dir / "secrets"

    @property
    def run(self) -> Path:
        """Locks, ports and the state of the servers."""
        return self.data_dir / "run"

    @property
    def logs(self) -> Path:
        """The log of each server and of the supervisor."""
        return self.data_dir / "logs"

    @property
    def users_lock(self) -> Path:
        """Held shared by every user, and alone by a supervisor that stops."""
        return self.run / "users.lock"

    @property
    def supervisor_lock(self) -> Path:
        """Held by the supervisor for as long as it lives."""
        return self.run / "supervisor.lock"

    @property
    def state(self) -> Path:
        """What the supervisor says about its servers."""
        return self.run / "servers.json"

    @property
    def supervisor_log(self) -> Path:
        """What the supervisor did and why."""
        return self.logs / "supervisor.log"

    def create(self) -> None:
        """Create the directories.

        Raises:
            EmbeddedServerError: They cannot be created or written.
        """
        try:
            self.data_dir.mkdir(parents=True, exist_ok=True)
            self.run.mkdir(exist_ok=True)
            for private in (self.secrets, self.logs, self.valkey):
                private.mkdir(mode=0o700, exist_ok=True)
            ignore = self.data_dir / ".gitignore"
            if not ignore.exists():
                ignore.write_text("*\n")
        except OSError as error:
            raise EmbeddedServerError(
                f"Cannot write to the data directory {self.data_dir} ({error.strerror}): "
                "make it writable for this user or set REYNARD_DATA_DIR to another directory."
            ) from error
