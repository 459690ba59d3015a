"""What a user of the embedded servers holds in its hands."""

import hmac
import time
from dataclasses import dataclass, field
from pathlib import Path

from app.db.embedded.attachment import Attachment
from app.db.embedded.cluster import SUPERUSER
from app.db.embedded.errors import EmbeddedServerError
from app.db.embedded.ports import LOOPBACK
from app.db.embedded.state import ServerState, SupervisorState
from app.db.embedded.waiting import until, until_blocking


@dataclass(frozen=True, slots=True)
class EmbeddedServers:
    """The running servers, for as long as the `attach` that returned it lasts.

    The URLs stay valid when a server or the supervisor is restarted: ports and passwords are kept.

    Attributes:
        data_dir: The data directory, absolute.
        postgres: PostgreSQL when it was attached to.
        valkey: Valkey when it was attached to.
    """

    data_dir: Path
    postgres: ServerState
    valkey: ServerState
    _postgres_password: str = field(repr=False)
    _valkey_password: str = field(repr=False)
    _attachment: Attachment = field(repr=False)

    def postgres_url(self, database: str) -> str:
        """Return the URL of a database on the embedded PostgreSQL, as its superuser.

        Args:
            database: Name of the database, which need not exist.

        Raises:
            EmbeddedServerError: PostgreSQL did not run when it was attached to.
        """
        port = _port(self.postgres)
        return f"postgresql://{SUPERUSER}:{self._postgres_password}@{LOOPBACK}:{port}/{database}"

    def role_url(self, database: str, role: str) -> str:
        """Return the URL of a database as a role that is no superuser, made by `app.db.administration.prepare`.

        Its password follows from the superuser's, so there is one secret to keep and none to lose.

        Raises:
            EmbeddedServerError: PostgreSQL did not run when it was attached to.
        """
        password = hmac.digest(self._postgres_password.encode(), role.encode(), "sha256").hex()
        return f"postgresql://{role}:{password}@{LOOPBACK}:{_port(self.postgres)}/{database}"

    @property
    def redis_url(self) -> str:
        """URL of the embedded Valkey, database 0.

        Raises:
            EmbeddedServerError: Valkey did not run when it was attached to.
        """
        return f"redis://:{self._valkey_password}@{LOOPBACK}:{_port(self.valkey)}/0"

    @property
    def bin_dir(self) -> Path:
        """Directory of `psql`, `pg_dump` and the other PostgreSQL programs.

        Raises:
            EmbeddedServerError: PostgreSQL did not run when it was attached to.
        """
        _port(self.postgres)
        return Path(self.postgres.paths["bin"])

    @property
    def psql_binary(self) -> Path:
        """The `psql` that fits the server.

        Raises:
            EmbeddedServerError: PostgreSQL did not run when it was attached to.
        """
        return self.bin_dir / "psql"

    def client_environment(self, database: str) -> dict[str, str]:
        """Return the variables with which `psql`, `pg_dump` and the like find and open a database.

        A URL on their command line would show the password to every user of the machine.

        Raises:
            EmbeddedServerError: PostgreSQL did not run when it was attached to.
        """
        port = str(_port(self.postgres))
        where = {"PGHOST": LOOPBACK, "PGPORT": port, "PGDATABASE": database}
        return where | {"PGUSER": SUPERUSER, "PGPASSWORD": self._postgres_password}

    @property
    def socket_dir(self) -> Path:
        """Directory of PostgreSQL's unix socket, as `psql -h` takes it.

        Raises:
            EmbeddedServerError: PostgreSQL did not run when it was attached to.
        """
        _port(self.postgres)
        return Path(self.postgres.paths["socket"])

    @property
    def supervisor_pid(self) -> int | None:
        """Process of the supervisor now, or None when there is none."""
        return self._attachment.supervisor_pid()

    def alive(self) -> bool:
        """Tell whether a supervisor lives; takes microseconds."""
        return self._attachment.supervised()

    async def ensure(self, timeout: float = 60) -> None:
        """Wait until the servers run, with a new supervisor if the old one was killed.

        `attach` does this by itself every second; call it to wait for the result.

        Args:
            timeout: Seconds to wait.

        Raises:
            EmbeddedServerError: They do not run in time, or came back on another port.
        """
        self._check_ports(await until(self._attachment.settle, time.monotonic() + timeout))

    def ensure_blocking(self, timeout: float = 60) -> None:
        """Do what `ensure` does, in this thread."""
        self._check_ports(until_blocking(self._attachment.settle, time.monotonic() + timeout))

    def _check_ports(self, state: SupervisorState) -> None:
        for before in (self.postgres, self.valkey):
            if before.status == "ready" and before.port not in {one.port for one in state.servers.values()}:
                raise EmbeddedServerError(
                    f"Another program took port {before.port} while the embedded server was away: restart this process."
                )


def _port(server: ServerState) -> int:
    if server.status != "ready":
        raise EmbeddedServerError(server.message or "This embedded server was not asked for.")
    return server.port
