"""kill -9 of anything: what lives goes on, and nothing blocks the next start."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import redis.asyncio

from app.db.embedded import attach, attach_blocking
from app.db.embedded.layout import Layout
from app.db.embedded.state import SupervisorState

pytestmark = pytest.mark.anyio

StateOf = Callable[[Path], SupervisorState]
Eventually = Callable[[Callable[[], object]], None]


async def execute(url: str, query: str) -> Any:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


def test_servers_end_when_their_only_user_is_killed(
    data_dir: Path,
    start_user: Callable[[Path], Any],
    processes_in: Callable[[Path], set[int]],
    eventually: Eventually,
) -> None:
    user = start_user(data_dir)
    user.urls()
    assert processes_in(data_dir)
    user.kill()
    eventually(lambda: not processes_in(data_dir))
    eventually(lambda: not Layout.of(data_dir).state.exists())


async def test_a_killed_supervisor_is_replaced_and_urls_stay_valid(
    data_dir: Path, state_of: StateOf, eventually: Eventually, process_exists: Callable[[int], bool]
) -> None:
    async with attach(data_dir) as servers:
        url = servers.postgres_url("postgres")
        await execute(url, "CREATE TABLE kept AS SELECT 1 AS it")
        before = state_of(data_dir)
        os.kill(before.supervisor_pid, signal.SIGKILL)
        eventually(lambda: not process_exists(before.supervisor_pid))
        await servers.ensure()
        assert servers.supervisor_pid not in {None, before.supervisor_pid}
        assert not process_exists(before.servers["postgres"].pid)
        assert await execute(url, "SELECT it FROM kept") == 1


async def test_a_killed_supervisor_is_replaced_without_being_asked_for(data_dir: Path, eventually: Eventually) -> None:
    async with attach(data_dir) as servers:
        killed = servers.supervisor_pid
        assert killed is not None
        os.kill(killed, signal.SIGKILL)
        await asyncio.to_thread(eventually, lambda: servers.supervisor_pid not in {None, killed})
        await servers.ensure()
        assert await execute(servers.postgres_url("postgres"), "SELECT 1") == 1


def test_servers_do_not_outlive_supervisor_and_user_killed_together(
    data_dir: Path,
    start_user: Callable[[Path], Any],
    processes_in: Callable[[Path], set[int]],
    eventually: Eventually,
) -> None:
    user = start_user(data_dir)
    supervisor = user.urls()["supervisor"]
    user.kill()
    os.kill(supervisor, signal.SIGKILL)
    eventually(lambda: not processes_in(data_dir))
    with attach_blocking(data_dir) as servers:
        assert servers.alive()


@pytest.mark.parametrize("also_children", [False, True])
async def test_a_killed_postmaster_comes_back_on_its_port_with_its_data(
    data_dir: Path,
    state_of: StateOf,
    eventually: Eventually,
    processes_in: Callable[[Path], set[int]],
    also_children: bool,
) -> None:
    async with attach(data_dir) as servers:
        url = servers.postgres_url("postgres")
        await execute(url, "CREATE TABLE kept AS SELECT 1 AS it")
        before = state_of(data_dir).servers["postgres"]
        valkey = state_of(data_dir).servers["valkey"].pid
        for pid in processes_in(data_dir) - {valkey} if also_children else {before.pid}:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        eventually(lambda: state_of(data_dir).servers["postgres"].pid not in {0, before.pid})
        await servers.ensure()
        assert state_of(data_dir).servers["postgres"].port == before.port
        assert await execute(url, "SELECT it FROM kept") == 1
        assert state_of(data_dir).servers["valkey"].pid == valkey


async def test_a_backend_that_outlives_its_postmaster_does_not_block_the_restart(
    data_dir: Path, state_of: StateOf, eventually: Eventually
) -> None:
    async with attach(data_dir) as servers:
        url = servers.postgres_url("postgres")
        before = state_of(data_dir).servers["postgres"].pid
        connection = await asyncpg.connect(url)
        backend = await connection.fetchval("SELECT pg_backend_pid()")
        # Stopped, it cannot notice that its postmaster is gone, and keeps the shared memory in use.
        os.kill(backend, signal.SIGSTOP)
        os.kill(before, signal.SIGKILL)
        eventually(lambda: state_of(data_dir).servers["postgres"].pid not in {0, before})
        await servers.ensure()
        connection.terminate()
        assert await execute(url, "SELECT 1") == 1


async def test_a_killed_valkey_comes_back_on_its_port(
    data_dir: Path, state_of: StateOf, eventually: Eventually
) -> None:
    async with attach(data_dir) as servers:
        before = state_of(data_dir).servers["valkey"]
        os.kill(before.pid, signal.SIGKILL)
        eventually(lambda: state_of(data_dir).servers["valkey"].pid not in {0, before.pid})
        await servers.ensure()
        client = redis.asyncio.from_url(servers.redis_url)
        assert await client.ping()
        await client.aclose()


async def test_a_supervisor_that_is_asked_to_end_stops_its_servers_first(
    data_dir: Path, state_of: StateOf, eventually: Eventually, process_exists: Callable[[int], bool]
) -> None:
    with attach_blocking(data_dir) as servers:
        state = state_of(data_dir)
        os.kill(state.supervisor_pid, signal.SIGTERM)
        eventually(lambda: not servers.alive())
        assert not any(process_exists(server.pid) for server in state.servers.values())
        assert "database system is shut down" in (data_dir / "logs" / "postgres.log").read_text()


async def test_terminal_signals_do_not_reach_the_servers(data_dir: Path, state_of: StateOf) -> None:
    async with attach(data_dir) as servers:
        before = state_of(data_dir)
        for ignored in (signal.SIGINT, signal.SIGHUP):
            os.kill(before.supervisor_pid, ignored)
        assert os.getsid(before.supervisor_pid) != os.getsid(0)
        await servers.ensure()
        assert await execute(servers.postgres_url("postgres"), "SELECT 1") == 1
        assert state_of(data_dir) == before
