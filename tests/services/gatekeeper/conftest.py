"""Gatekeeper alone, on a real database and over real HTTP, with cheap passwords and a clock that can be turned."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from starlette.middleware import Middleware

from app.core import problems
from app.core.limits.counts import RedisCounts
from app.core.limits.rates import RateLimits
from app.core.registry import Context, Registry, ServiceDefinition
from app.core.settings import Settings
from app.core.streaming import Streams
from app.db.database import Database
from app.db.faults import as_api_error
from app.db.settings import DatabaseName
from app.middleware.request_id import RequestId
from app.services.gatekeeper.endpoints import router
from app.services.gatekeeper.passwords import PasswordHasher
from app.services.gatekeeper.service import Gatekeeper, utc_now
from app.services.gatekeeper.settings import GatekeeperSettings
from app.services.gatekeeper.tokens import Tokens
from tests.conftest import FreshDatabase, Serve

KEY = "a key for tests that is long enough to be one"
PASSWORD = "testpassword123"


@dataclass
class Clock:
    ahead: timedelta = timedelta()

    def __call__(self) -> datetime:
        return utc_now() + self.ahead


@dataclass
class Door:
    """A served Gatekeeper: its client, its database and its clock."""

    client: httpx.AsyncClient
    database: Database
    clock: Clock
    tokens: Tokens
    hasher: PasswordHasher

    async def register(self, username: str = "ann", **more: Any) -> httpx.Response:
        body = {"username": username, "password": PASSWORD} | more
        return await self.client.post("/api/auth/register", json=body)

    async def login(self, username: str = "ann", password: str = PASSWORD) -> dict[str, Any]:
        answer = await self.client.post("/api/auth/login", json={"username": username, "password": password})
        assert answer.status_code == 200, answer.text
        pair: dict[str, Any] = answer.json()
        return pair

    async def refresh(self, token: str) -> httpx.Response:
        return await self.client.post("/api/auth/refresh", json={"refresh_token": token})

    async def get(self, path: str, token: str) -> httpx.Response:
        return await self.client.get(path, headers={"Authorization": f"Bearer {token}"})


@asynccontextmanager
async def open_door(url: str, serve: Serve, clock: Clock) -> AsyncIterator[Door]:
    """Serve a Gatekeeper of its own on the database: another one is another worker process."""
    settings = GatekeeperSettings(_env_file=None, gatekeeper_pbkdf2_iterations=1000)
    database, tokens, hasher = Database(url), Tokens(KEY, settings), PasswordHasher(1000)

    @asynccontextmanager
    async def open_gatekeeper(_: Context) -> AsyncIterator[Gatekeeper]:
        yield Gatekeeper(database, tokens, hasher, settings, first_is_admin=True, clock=clock)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[dict[str, Any]]:
        core = Settings(_env_file=None)
        registry = Registry(core, [ServiceDefinition("gatekeeper", open_gatekeeper, required=True)])
        await registry.start()
        yield {
            "settings": core,
            "registry": registry,
            "streams": Streams(),
            "rates": RateLimits({}, RedisCounts(registry)),
        }
        await registry.stop()

    middleware = [Middleware(RequestId), Middleware(problems.UnexpectedErrors, translate=as_api_error)]
    app = FastAPI(lifespan=lifespan, middleware=middleware)
    problems.install(app)
    app.include_router(router)
    async with serve(app) as client:
        yield Door(client, database, clock, tokens, hasher)
    hasher.close()
    await database.close()


@pytest.fixture
async def auth_url(fresh_database: FreshDatabase) -> str:
    return await fresh_database(DatabaseName.auth)


@pytest.fixture
async def door(auth_url: str, serve: Serve) -> AsyncIterator[Door]:
    async with open_door(auth_url, serve, Clock()) as opened:
        yield opened
