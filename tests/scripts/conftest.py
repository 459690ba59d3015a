"""Scripts as a person types them: in a directory of their own, with nothing set but what the test says."""

import asyncio
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg
import pytest

from app.core.settings import Settings, Slice
from app.db.embedded import EmbeddedServers
from app.db.settings import DatabaseName
from app.directory import SETTINGS

ROOT = Path(__file__).resolve().parents[2]
KINDS: tuple[type[Slice], ...] = (Settings, *SETTINGS)
KNOWN = {name for kind in KINDS for name in kind.variables()} | {"ADMIN_DATABASE_URL"}


@dataclass
class Terminal:
    """Somebody at a prompt."""

    home: Path
    variables: dict[str, str] = field(default_factory=dict)

    async def types(self, program: str, *arguments: str, stdin: str = "", **variables: str) -> tuple[int, str]:
        """Run a file of the repository, or a program beside Python; return its exit code and all it printed."""
        ours = program.endswith(".py")
        command = (sys.executable, str(ROOT / program)) if ours else (str(Path(sys.executable).parent / program),)
        environment = {key: value for key, value in os.environ.items() if key.upper() not in KNOWN}
        process = await asyncio.create_subprocess_exec(
            *(*command, *arguments),
            cwd=self.home,
            env=environment | {"COLUMNS": "1000"} | self.variables | variables,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await process.communicate(stdin.encode())
        return process.returncode or 0, said.decode()


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    home = tmp_path / "a home with spaces"
    home.mkdir()
    return Terminal(home)


@dataclass
class External:
    """A PostgreSQL of the operator's: an administrator, and names nobody uses yet."""

    admin_url: str
    tag: str = field(default_factory=lambda: uuid4().hex[:8])

    def name(self, database: DatabaseName) -> str:
        """Both the database and its role are called so."""
        return f"{database}_{self.tag}"

    def url(self, database: DatabaseName) -> str:
        """With a password (`p@ss/word`) that must be escaped in a URL."""
        place = urlsplit(self.admin_url)
        at = f"{self.name(database)}:p%40ss%2Fword@{place.hostname}:{place.port}"
        return urlunsplit(("postgresql", at, f"/{self.name(database)}", "", ""))

    @property
    def variables(self) -> dict[str, str]:
        return {
            "DATABASE_URL" if name is DatabaseName.main else f"{name.upper()}_DATABASE_URL": self.url(name)
            for name in DatabaseName
        }

    async def ask(self, sql: str, *values: object, database: str = "postgres") -> list[asyncpg.Record]:
        """Ask as the administrator."""
        connection = await asyncpg.connect(self.admin_url.rpartition("/")[0] + f"/{database}")
        try:
            found: list[asyncpg.Record] = await connection.fetch(sql, *values)
            return found
        finally:
            await connection.close()


@pytest.fixture
def external(servers: EmbeddedServers) -> External:
    return External(servers.postgres_url("postgres"))
