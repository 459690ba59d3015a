"""Two server processes of one installation, over HTTP: what one of them ends is over in the other."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from app.db.embedded import EmbeddedServers
from app.db.settings import DatabaseName
from tests.conftest import PASSWORD, FreshDatabase

pytestmark = pytest.mark.anyio

PROGRAM = """
import asyncio, uvicorn
from app.core.access import User
from app.core.settings import load_settings
from app.core.tickets import ticketed
from app.directory import SERVICES, SETTINGS
from app.factory import create_app
from app.services.gatekeeper import live_callers

live_callers.TRUST_SECONDS = 3600  # whatever one worker learns from the other, it was told

async def main():
    few = [item for item in SERVICES if item.name in ("embedded_servers", "auth_database", "cache", "gatekeeper")]
    app = create_app(load_settings(SETTINGS), few)

    @app.get("/stream")
    @ticketed
    async def stream(caller: User) -> str:
        return caller.username

    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    print(server.servers[0].sockets[0].getsockname()[1], flush=True)
    await serving

asyncio.run(main())
"""


@asynccontextmanager
async def worker(environment: dict[str, str]) -> AsyncIterator[httpx.AsyncClient]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        env=os.environ | environment | {"PYTHONPATH": "."},
    )  # fmt: skip
    try:
        assert process.stdout is not None
        port = int(await process.stdout.readline())
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            yield client
    finally:
        process.terminate()
        await process.communicate()


@pytest.fixture
async def environment(fresh_database: FreshDatabase, servers: EmbeddedServers, tmp_path: Path) -> dict[str, str]:
    url = await fresh_database(DatabaseName.auth)
    return {
        **{"DATABASE_URL" if n is DatabaseName.main else f"{n.upper()}_DATABASE_URL": url for n in DatabaseName},
        "REDIS_URL": servers.redis_url,
        "REYNARD_DATA_DIR": str(tmp_path),
        "SECRET_KEY": "a key for tests that is long enough to be one",
        "GATEKEEPER_PBKDF2_ITERATIONS": "1000",
        "RATE_LIMIT_AUTH": "100000/minute",  # other tests share the Redis and the address
    }


@pytest.fixture
async def two(environment: dict[str, str]) -> AsyncIterator[list[httpx.AsyncClient]]:
    async with AsyncExitStack() as opened:
        yield [await opened.enter_async_context(worker(environment)) for _ in range(2)]


async def enter(client: httpx.AsyncClient, username: str = "ann") -> dict[str, Any]:
    body = {"username": username, "password": PASSWORD}
    await client.post("/api/auth/register", json=body)
    answer = await client.post("/api/auth/login", json=body)
    pair: dict[str, Any] = answer.json()
    return pair


def bearer(pair: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {pair['access_token']}"}


async def status(client: httpx.AsyncClient, pair: dict[str, Any]) -> int:
    return (await client.get("/api/protected", headers=bearer(pair))).status_code


async def refresh(client: httpx.AsyncClient, pair: dict[str, Any]) -> httpx.Response:
    return await client.post("/api/auth/refresh", json={"refresh_token": pair["refresh_token"]})


async def ask(environment: dict[str, str], sql: str) -> list[Any]:
    connection = await asyncpg.connect(environment["AUTH_DATABASE_URL"])
    try:
        found: list[Any] = await connection.fetch(sql)
        return found
    finally:
        await connection.close()


async def test_fifty_refreshes_have_one_successor_and_a_replay_ends_the_family_over_a_restart(
    two: list[httpx.AsyncClient], environment: dict[str, str]
) -> None:
    pair = await enter(two[0])
    answers = await asyncio.gather(*(refresh(two[number % 2], pair) for number in range(50)))
    assert [answer.status_code for answer in answers] == [200] * 50
    assert len({answer.text for answer in answers}) == 1
    successor = answers[0].json()
    assert [await status(client, successor) for client in two] == [200, 200]
    assert len(await ask(environment, "SELECT 1 FROM sessions WHERE revoked_at IS NULL")) == 1

    await ask(environment, "UPDATE sessions SET issued_at = issued_at - interval '31 seconds'")
    assert (await refresh(two[1], pair)).status_code == 401
    for client in two:
        assert (await refresh(client, successor)).status_code == 401
    assert await status(two[1], successor) == 401
    await until_refused(two[0], successor)
    reasons = await ask(environment, "SELECT revoked_reason FROM sessions")
    assert [row[0] for row in reasons] == ["refresh token used again"]
    events = await ask(environment, "SELECT outcome FROM audit_log WHERE event = 'refresh_token_reused'")
    assert [row[0] for row in events] == ["failure"]

    async with worker(environment) as restarted:
        assert await status(restarted, successor) == 401
        assert (await refresh(restarted, successor)).status_code == 401


async def test_what_one_worker_ends_the_other_refuses(two: list[httpx.AsyncClient]) -> None:
    here, there = two
    admin = await enter(here, "admin")
    change = {"current_password": PASSWORD, "new_password": "a better password"}
    for how in ("logout", "session", "password", "revoke-tokens", "inactive", "deleted"):
        pair, phone = await enter(here, f"user-{how}"), await enter(there, f"user-{how}")
        me = (await here.get("/api/auth/me", headers=bearer(pair))).json()["id"]
        assert [await status(client, pair) for client in two] == [200, 200]
        ended = {
            "logout": ("POST", "/api/auth/logout", pair, None),
            "session": ("DELETE", f"/api/auth/sessions/{await current(here, pair)}", pair, None),
            "password": ("POST", "/api/auth/change-password", phone, change),
            "revoke-tokens": ("POST", f"/api/auth/users/{me}/revoke-tokens", admin, None),
            "inactive": ("PATCH", f"/api/auth/users/{me}", admin, {"is_active": False}),
            "deleted": ("DELETE", f"/api/auth/users/{me}", admin, None),
        }[how]
        method, path, caller, body = ended
        answer = await here.request(method, path, json=body, headers=bearer(caller))
        assert answer.status_code == 200, answer.text
        assert await status(here, pair) == 401
        await until_refused(there, pair)
        assert (await refresh(there, pair)).status_code == 401


async def current(client: httpx.AsyncClient, pair: dict[str, Any]) -> str:
    found = (await client.get("/api/auth/sessions", headers=bearer(pair))).json()
    return str(next(item["id"] for item in found if item["current"]))


async def until_refused(client: httpx.AsyncClient, pair: dict[str, Any]) -> None:
    async with asyncio.timeout(10):
        while await status(client, pair) != 401:  # noqa: ASYNC110 - the other process announces nothing to us
            await asyncio.sleep(0.002)


async def test_a_ticket_of_one_worker_opens_a_stream_of_the_other_once(two: list[httpx.AsyncClient]) -> None:
    pair = await enter(two[0])
    ticket = (await two[0].post("/api/auth/stream-ticket", headers=bearer(pair))).json()["ticket"]
    answers = await asyncio.gather(*(two[number % 2].get(f"/stream?ticket={ticket}") for number in range(10)))
    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 9


async def test_failed_logins_count_for_both_workers_whether_the_account_exists_or_not(
    two: list[httpx.AsyncClient],
) -> None:
    await enter(two[0])
    for name in ("ann", "nobody"):
        body = {"username": name, "password": "a wrong password"}
        free = [await two[number % 2].post("/api/auth/login", json=body) for number in range(6)]
        assert [answer.status_code for answer in free] == [401] * 6
        answers = [await two[number % 2].post("/api/auth/login", json=body) for number in range(20)]
        refused = [answer for answer in answers if answer.status_code != 401]
        assert {(answer.status_code, answer.json()["code"]) for answer in refused} == {(429, "login_throttled")}
        assert min(int(answer.headers["retry-after"]) for answer in refused) >= 1
