"""Gatekeeper alone, on a real database and over real HTTP, with cheap passwords and a clock that can be turned."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import StreamingResponse
from sqlalchemy import text
from starlette.middleware import Middleware

from app.core import problems
from app.core.access import Reader, Role, User
from app.core.limits.counts import RedisCounts
from app.core.limits.rates import RateLimits
from app.core.registry import Context, Registry, ServiceDefinition
from app.core.settings import Settings
from app.core.streaming import Streams, stream
from app.core.tickets import ticketed
from app.db.database import Database
from app.db.faults import as_api_error
from app.db.settings import DatabaseName
from app.middleware.request_id import RequestId
from app.services.gatekeeper.admin_endpoints import router as accounts
from app.services.gatekeeper.endpoints import router
from app.services.gatekeeper.failures import Failures, LocalFailures
from app.services.gatekeeper.keys import Keys
from app.services.gatekeeper.password_hasher import PasswordHasher
from app.services.gatekeeper.service import Gatekeeper, at_work, utc_now
from app.services.gatekeeper.settings import GatekeeperSettings
from app.services.gatekeeper.token_endpoints import router as own_tokens
from app.services.gatekeeper.tokens import Tokens
from tests.conftest import FreshDatabase, Serve

KEYS = Keys("a key for tests that is long enough to be one")
PASSWORD = "testpassword123"


other_routes = APIRouter()


@other_routes.get("/stream")
@ticketed
async def named(caller: User) -> str:
    return caller.username


@other_routes.get("/open-stream")
@ticketed
async def open_stream(caller: Reader) -> str:
    return caller.username


@other_routes.get("/events")
@ticketed
async def events(request: Request, caller: User) -> StreamingResponse:
    async def numbers() -> AsyncIterator[dict[str, Any]]:
        for number in count():
            yield {"type": "number", "of": caller.username, "number": number}
            await asyncio.sleep(0.005)

    return stream(request, numbers())


@other_routes.post("/write")
async def write(caller: User) -> str:
    return caller.username


@dataclass
class Clock:
    ahead: timedelta = timedelta()

    def __call__(self) -> datetime:
        return utc_now() + self.ahead


@dataclass
class Member:
    """Somebody who is logged in."""

    client: httpx.AsyncClient
    id: str
    token: str
    refresh_token: str

    async def call(self, method: str, path: str, json: Any = None, *, token: str | None = None) -> httpx.Response:
        """Send a request with the access token, or with another one."""
        headers = {"Authorization": f"Bearer {token or self.token}"}
        return await self.client.request(method, path, json=json, headers=headers)

    async def personal_token(self, *scopes: str, **more: Any) -> dict[str, Any]:
        """Make a personal access token."""
        answer = await self.call("POST", "/api/auth/tokens", {"name": "a script", "scopes": list(scopes)} | more)
        assert answer.status_code == 200, answer.text
        made: dict[str, Any] = answer.json()
        return made


@dataclass
class Door:
    """A served Gatekeeper: its client, its database and its clock."""

    client: httpx.AsyncClient
    database: Database
    clock: Clock
    tokens: Tokens
    hasher: PasswordHasher
    gatekeeper: Gatekeeper

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

    async def member(self, username: str, role: Role = Role.user) -> Member:
        """Return somebody of that role who is logged in; the very first account is an administrator anyway."""
        made = (await self.register(username)).json()
        async with self.database.transaction() as session:
            await session.execute(
                text("UPDATE users SET role = :role WHERE username = :name"), {"role": role, "name": username}
            )
        pair = await self.login(username)
        return Member(self.client, made["id"], pair["access_token"], pair["refresh_token"])

    async def rows(self, sql: str, **values: Any) -> list[Any]:
        """Return what the database answers."""
        async with self.database.reading() as connection:
            return list((await connection.execute(text(sql), values)).all())


@asynccontextmanager
async def open_door(
    url: str, serve: Serve, clock: Clock, *, keys: Keys = KEYS, failures: Failures | None = None
) -> AsyncIterator[Door]:
    """Serve a Gatekeeper of its own on the database: another one is another worker process."""
    settings = GatekeeperSettings(_env_file=None, gatekeeper_pbkdf2_iterations=1000)
    database, tokens, hasher = Database(url), Tokens(keys, settings), PasswordHasher(1000)
    gatekeeper = Gatekeeper(
        database, tokens, hasher, failures or LocalFailures(), settings, first_is_admin=True, clock=clock
    )

    @asynccontextmanager
    async def open_gatekeeper(_: Context) -> AsyncIterator[Gatekeeper]:
        async with at_work(gatekeeper, database):
            yield gatekeeper

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
    app.include_router(other_routes)
    for each in (router, own_tokens, accounts):
        app.include_router(each)
    async with serve(app) as client:
        yield Door(client, database, clock, tokens, hasher, gatekeeper)
    hasher.close()
    await database.close()


@pytest.fixture
async def auth_url(fresh_database: FreshDatabase) -> str:
    return await fresh_database(DatabaseName.auth)


@pytest.fixture
async def door(auth_url: str, serve: Serve) -> AsyncIterator[Door]:
    async with open_door(auth_url, serve, Clock()) as opened:
        yield opened
