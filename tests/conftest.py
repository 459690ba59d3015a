"""Fixtures for every test: the real embedded servers, a fresh migrated database for each test, real HTTP."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp

from app.core.lifespan import LifespanState
from app.core.settings import load_settings
from app.db.database import Database
from app.db.embedded import EmbeddedServers, attach_blocking
from app.db.provision import Address, provision
from app.db.settings import DatabaseName
from app.directory import SETTINGS
from app.factory import create_app

FreshDatabase = Callable[[DatabaseName], Awaitable[str]]


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedServers]:
    """The embedded servers, shared by all test processes: they attach to one data directory."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    with attach_blocking(shared / "servers") as running:
        yield running


@pytest.fixture(scope="session")
def fresh_database(servers: EmbeddedServers) -> FreshDatabase:
    """Return a function that makes a migrated database and returns its URL; a copy of a template takes 30 ms."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "solo")
    made: set[DatabaseName] = set()

    async def copy(name: DatabaseName) -> str:
        template = f"template_{name}_{worker}"
        if name not in made:
            await provision(Address(servers.postgres_url(template)), name, create=True)
            made.add(name)
        fresh = f"test_{uuid4().hex}"
        connection = await asyncpg.connect(servers.postgres_url("postgres"))
        try:
            await connection.execute(f'CREATE DATABASE "{fresh}" TEMPLATE "{template}"')
        finally:
            await connection.close()
        return servers.postgres_url(fresh)

    return copy


@pytest.fixture
async def main_database(fresh_database: FreshDatabase) -> AsyncIterator[Database]:
    database = Database(await fresh_database(DatabaseName.main))
    yield database
    await database.close()


Serve = Callable[[ASGIApp], AbstractAsyncContextManager[httpx.AsyncClient]]


@pytest.fixture(scope="session")
def serve() -> Serve:
    """Return a function that serves an application over real HTTP and yields a client of it."""

    @asynccontextmanager
    async def serving(app: ASGIApp) -> AsyncIterator[httpx.AsyncClient]:
        server = uvicorn.Server(
            uvicorn.Config(
                app,
                port=0,
                lifespan="on",
                log_config=None,
                timeout_graceful_shutdown=2,
                proxy_headers=False,
                server_header=False,
            )
        )
        task = asyncio.create_task(server.serve())
        while not server.started and not task.done():  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.01)
        if not server.started:
            await task
            pytest.fail("the application did not start; its log says why")
        port = server.servers[0].sockets[0].getsockname()[1]
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            yield client
        server.should_exit = True
        await task

    return serving


PASSWORD = "testpassword123"

MIRRORS = (DatabaseName.e2e, DatabaseName.ecs_e2e)
mirrors: dict[DatabaseName, str] = {}
"""The mirrors are migrated and looked at, and nothing is written: all houses of a process share two."""


@dataclass
class House:
    """A client of the running application, what its lifespan handed to the routes, and the application itself."""

    client: httpx.AsyncClient
    state: LifespanState
    app: FastAPI

    async def account(self, username: str) -> dict[str, str]:
        """Register somebody and return the headers of their requests; the first one is an administrator."""
        body = {"username": username, "password": PASSWORD}
        (await self.client.post("/api/auth/register", json=body)).raise_for_status()
        answer = await self.client.post("/api/auth/login", json=body)
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}

    def service(self, name: str) -> Any:
        """Return the open service of that name."""
        return self.state["registry"].get(name, object)


@asynccontextmanager
async def open_house(
    fresh: FreshDatabase, servers: EmbeddedServers, serve: Serve, environment: pytest.MonkeyPatch
) -> AsyncIterator[House]:
    """Serve the application; `environment` may hold more settings already."""
    for name in DatabaseName:
        variable = "DATABASE_URL" if name is DatabaseName.main else f"{name.upper()}_DATABASE_URL"
        if name in MIRRORS and name not in mirrors:
            mirrors[name] = await fresh(name)
        environment.setenv(variable, mirrors.get(name) or await fresh(name))
    environment.setenv("REDIS_URL", servers.redis_url)
    environment.setenv("RAG_CONTINUOUS_INDEXING_ENABLED", "false")
    if "ECS_ENABLED" not in os.environ:  # its engine is a process, which takes a second of a core to start
        environment.setenv("ECS_ENABLED", "false")
    if "OLLAMA_BUILTIN_ENABLED" not in os.environ:  # whether the extra is installed changes no test but its own
        environment.setenv("OLLAMA_BUILTIN_ENABLED", "false")
    if "RATE_LIMIT_AUTH" not in os.environ:  # every house registers people, all from one address and on one Redis
        environment.setenv("RATE_LIMIT_AUTH", "1000000/minute")
    environment.setenv("SECRET_KEY", "a key for tests that is long enough to be one")
    environment.setenv("GATEKEEPER_PBKDF2_ITERATIONS", "1000")
    states: list[LifespanState] = []

    async def note(state: LifespanState) -> None:
        states.append(state)

    app = create_app(load_settings(SETTINGS), alongside=note)
    async with serve(app) as client:
        yield House(client, states[0], app)


@pytest.fixture
async def house(
    fresh_database: FreshDatabase, servers: EmbeddedServers, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[House]:
    """The whole application on databases of its own, without indexing."""
    async with open_house(fresh_database, servers, serve, monkeypatch) as opened:
        yield opened
