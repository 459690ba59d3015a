"""A PostgreSQL cluster on disk: found, created, configured."""

import os
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from app.db.embedded.binaries import PostgresInstallation
from app.db.embedded.errors import EmbeddedServerError
from app.db.embedded.launcher import Account, run
from app.db.embedded.layout import Layout
from app.db.embedded.postgres_settings import SETTINGS_FILE
from app.db.embedded.private_files import new_secret, read_secret, write_private

SUPERUSER = "reynard"


def existing_majors(layout: Layout) -> set[int]:
    """Return the major versions that have a complete cluster in the data directory."""
    if not layout.postgres.is_dir():
        return set()
    return {int(one.name) for one in layout.postgres.iterdir() if one.name.isdecimal() and is_complete(one)}


def is_complete(directory: Path) -> bool:
    """Tell whether a directory holds a whole cluster, as far as two of its files tell."""
    return (directory / "PG_VERSION").is_file() and (directory / "global" / "pg_control").is_file()


def password_file(layout: Layout) -> Path:
    """Return the file with the superuser's password."""
    return layout.secrets / "postgres_password"


@dataclass(frozen=True, slots=True)
class Cluster:
    """The cluster of one data directory and one installation.

    Attributes:
        layout: Where it lies.
        installation: The binaries, whose major version is part of its path.
        account: Who owns and runs it.
    """

    layout: Layout
    installation: PostgresInstallation
    account: Account

    @property
    def directory(self) -> Path:
        """PostgreSQL's data directory."""
        return self.layout.postgres / str(self.installation.major)

    def ensure(self) -> None:
        """Create the cluster if there is none, and see to it that its password is known.

        Raises:
            EmbeddedServerError: It cannot be created, or belongs to another major version.
        """
        if is_complete(self.directory):
            self._ensure_password()
            return
        self._refuse_other_major()
        self._set_aside_incomplete()
        self._create()

    def _refuse_other_major(self) -> None:
        others = existing_majors(self.layout)
        if others:
            # The place for a migration by dump and restore, which needs the binaries of both versions.
            raise EmbeddedServerError(
                f"The data in {self.layout.postgres} was written by PostgreSQL {max(others)}, but the wheel "
                f"{self.installation.wheel} brings {self.installation.major}: install a wheel with PostgreSQL "
                f"{max(others)} again (to keep the data, dump it with pg_dump, move that directory away, and "
                "restore it under the new one), or set DATABASE_URL to a server of your own."
            )

    def _set_aside_incomplete(self) -> None:
        if self.directory.exists():
            # Moved, not deleted: `_create` never leaves half a cluster, so someone else's hand was in it.
            self.directory.rename(self.directory.with_name(f"{self.directory.name}.incomplete-{time.time_ns()}"))

    def _create(self) -> None:
        password = read_secret(password_file(self.layout)) or new_secret()
        write_private(password_file(self.layout), password + "\n")
        for leftover in self.layout.postgres.glob(f"{self.directory.name}.partial-*"):
            shutil.rmtree(leftover, ignore_errors=True)
        workshop = Path(tempfile.mkdtemp(dir=self.layout.postgres, prefix=f"{self.directory.name}.partial-"))
        os.chown(workshop, self.account.uid, self.account.gid)
        self._initdb(workshop, password)
        with (workshop / "data" / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.write(f"\n# Lines below this one win over Reynard's settings.\ninclude = '{SETTINGS_FILE}'\n")
        (workshop / "data").rename(self.directory)
        shutil.rmtree(workshop)

    def _initdb(self, workshop: Path, password: str) -> None:
        # The secrets directory is closed to `nobody`, so initdb reads a copy beside the data.
        copy = workshop / "password"
        write_private(copy, password + "\n", self.account.uid, self.account.gid)
        command: list[str | Path] = [
            self.installation.bin_dir / "initdb",
            f"--pgdata={workshop / 'data'}",
            f"--username={SUPERUSER}",
            f"--pwfile={copy}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            # PostgreSQL's own Unicode rules: the same on every machine, whatever its C library knows.
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            # A cluster lost to a power cut within its first seconds is simply made again; syncing costs more.
            "--no-sync",
        ]
        try:
            run(command, account=self.account, cwd=workshop)
        except subprocess.CalledProcessError as error:
            said = " | ".join(line for line in error.output.splitlines() if "error" in line or "FATAL" in line)
            raise EmbeddedServerError(
                f"PostgreSQL could not create {self.directory}: {said or error.output[-500:]}"
            ) from error

    def _ensure_password(self) -> None:
        if read_secret(password_file(self.layout)) is not None:
            return
        password = new_secret()
        statement = f"ALTER ROLE {SUPERUSER} PASSWORD '{password}';\n"
        command: list[str | Path] = [
            self.installation.bin_dir / "postgres",
            "--single",
            "-D",
            self.directory,
            "template1",
        ]
        try:
            run(command, account=self.account, cwd=self.directory, text_input=statement)
        except subprocess.CalledProcessError as error:
            raise EmbeddedServerError(
                f"The lost {password_file(self.layout)} could not be replaced: {error.output[-500:]}"
            ) from error
        write_private(password_file(self.layout), password + "\n")
