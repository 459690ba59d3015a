"""Data directories in every condition."""

import shutil
import socket
from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest

from app.db.embedded import EmbeddedServerError, attach, attach_blocking
from app.db.embedded.layout import Layout
from app.db.embedded.ports import LOOPBACK

pytestmark = pytest.mark.anyio


async def answer(url: str) -> int:
    connection = await asyncpg.connect(url)
    try:
        found = await connection.fetchval("SELECT 42")
        assert isinstance(found, int)
        return found
    finally:
        await connection.close()


async def test_an_interrupted_initdb_is_done_again(fresh_dir: Path) -> None:
    clusters = Layout.of(fresh_dir).postgres
    half = clusters / "18"
    (half / "base").mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    leftover = clusters / "18.partial-x"
    leftover.mkdir()
    async with attach(fresh_dir) as servers:
        assert await answer(servers.postgres_url("postgres")) == 42
    assert not leftover.exists()
    (aside,) = clusters.glob("18.incomplete-*")
    assert (aside / "base").is_dir()


@pytest.mark.parametrize(
    "name", ["with spaces, a 'quote' and ünïcode", "/".join(["a long directory name" * 5] * 3)], ids=["odd", "long"]
)
async def test_paths_may_be_odd_and_long(tmp_path: Path, name: str) -> None:
    async with attach(tmp_path / name) as servers:
        assert await answer(servers.postgres_url("postgres")) == 42
        (listening,) = [entry for entry in servers.socket_dir.iterdir() if entry.is_socket()]
        assert listening.name == f".s.PGSQL.{servers.postgres.port}"
        assert servers.socket_dir.stat().st_mode & 0o777 == 0o700
        socket_dir = servers.socket_dir
    assert not socket_dir.exists()


async def test_ports_that_others_took_meanwhile_are_replaced_and_kept(data_dir: Path) -> None:
    with attach_blocking(data_dir) as servers:
        first = (servers.postgres.port, servers.valkey.port)
    with socket.create_server((LOOPBACK, first[0])), socket.create_server((LOOPBACK, first[1])):
        async with attach(data_dir) as servers:
            second = (servers.postgres.port, servers.valkey.port)
            assert await answer(servers.postgres_url("postgres")) == 42
    assert not set(first) & set(second)
    with attach_blocking(data_dir) as servers:
        assert (servers.postgres.port, servers.valkey.port) == second


async def test_a_lost_password_is_replaced(data_dir: Path) -> None:
    with attach_blocking(data_dir) as servers:
        url = servers.postgres_url("postgres")
    shutil.rmtree(data_dir / "secrets")
    async with attach(data_dir) as servers:
        assert servers.postgres_url("postgres") != url
        assert await answer(servers.postgres_url("postgres")) == 42


def test_data_of_another_major_version_is_refused_and_left_alone(fresh_dir: Path) -> None:
    older = Layout.of(fresh_dir).postgres / "15"
    (older / "global").mkdir(parents=True)
    (older / "PG_VERSION").write_text("15\n")
    (older / "global" / "pg_control").touch()
    with pytest.raises(EmbeddedServerError, match=r"written by PostgreSQL 15.*pg_dump"), attach_blocking(fresh_dir):
        pass
    assert [entry.name for entry in older.parent.iterdir()] == ["15"]


def test_a_start_that_fails_quotes_the_log(data_dir: Path) -> None:
    with attach_blocking(data_dir):
        pass
    with (data_dir / "postgres" / "18" / "postgresql.conf").open("a") as file:
        file.write("no_such_setting = 1\n")
    with pytest.raises(EmbeddedServerError, match="no_such_setting"), attach_blocking(data_dir):
        pass


def test_a_stale_process_number_of_a_stranger_does_not_block(data_dir: Path) -> None:
    with attach_blocking(data_dir):
        pass
    # Process 1 lives and is not PostgreSQL, as after a restart of the machine.
    (data_dir / "postgres" / "18" / "postmaster.pid").write_text("1\n/elsewhere\n0\n5432\n\n\n\n")
    with attach_blocking(data_dir) as servers:
        assert servers.alive()


def test_servers_end_when_the_fresh_directory_is_deleted_under_them(
    fresh_dir: Path, process_exists: Callable[[int], bool], eventually: Callable[[Callable[[], object]], None]
) -> None:
    with attach_blocking(fresh_dir) as servers:
        pids = [servers.supervisor_pid, servers.postgres.pid, servers.valkey.pid]
        fresh_dir.rename(fresh_dir.with_name("moved"))
        shutil.rmtree(fresh_dir.with_name("moved"), ignore_errors=True)
        eventually(lambda: not any(process_exists(pid or 0) for pid in pids))
