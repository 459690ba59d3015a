"""The world on a database of its own, run by a real engine process."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
import pytest

from app.core.access import Caller, Role
from app.core.registry import Context
from app.core.settings import load_settings
from app.db.database import Database
from app.db.settings import DatabaseName
from app.services.ecs.service import Ecs, open_ecs
from app.services.ecs.settings import EcsSettings
from tests.conftest import FreshDatabase, House
from tests.services.ecs.waiting import until

ANN = Caller(user_id=uuid4(), username="ann", role=Role.user)
BOB = Caller(user_id=uuid4(), username="bob", role=Role.user)
ADMIN = Caller(user_id=uuid4(), username="admin", role=Role.admin)


@pytest.fixture(autouse=True)
def enabled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the world run in the houses of these tests."""
    monkeypatch.setenv("ECS_ENABLED", "true")


@pytest.fixture
async def ecs_database(fresh_database: FreshDatabase) -> AsyncIterator[Database]:
    database = Database(await fresh_database(DatabaseName.ecs))
    yield database
    await database.close()


def services_of(database: Database) -> Callable[[str], Any]:
    """Return what finds the ECS database, and nothing else."""
    return {"ecs_database": database}.__getitem__


def context_of(database: Database) -> Context:
    settings = load_settings([EcsSettings])
    return Context(settings=settings, service="ecs", lookup=services_of(database), lost=pytest.fail)


@pytest.fixture
async def ecs(ecs_database: Database, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Ecs]:
    """A running world; `seed` 7."""
    monkeypatch.setenv("ECS_WORLD_SEED", "7")
    async with open_ecs(context_of(ecs_database)) as opened:
        await until(lambda: is_running(opened))
        yield opened


async def is_running(ecs: Ecs) -> bool:
    return await ecs.probe() is None and ecs.mirror.running


@dataclass
class World:
    """The application with a running world, and two people who may change it."""

    house: House
    ann: dict[str, str]
    bob: dict[str, str]

    async def get(self, path: str, **query: Any) -> Any:
        """Return the JSON of a route of the world that answers."""
        answer = await self.house.client.get(f"/api/ecs/{path}", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def post(self, path: str, body: Any = None, headers: dict[str, str] | None = None) -> httpx.Response:
        """Send a change; Ann does, if nobody else is named."""
        return await self.house.client.post(f"/api/ecs/{path}", json=body, headers=headers or self.ann)

    async def done(self, path: str, body: Any = None) -> Any:
        """Return the JSON of a change that is possible."""
        answer = await self.post(path, body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def step(self, ticks: int) -> None:
        """Let ticks pass in a paused world, and wait for them however slow the machine is."""
        until_tick = (await self.get("time"))["tick"] + ticks
        await self.done("time/step", {"ticks": ticks})

        async def passed() -> bool:
            return bool((await self.get("time"))["tick"] == until_tick)

        await until(passed)

    async def runs(self) -> bool:
        answer = await self.house.client.get("/api/ecs/status")
        return answer.status_code == 200 and answer.json()["status"] == "running"


@pytest.fixture
async def world(house: House) -> World:
    """The application with a running world; Ann registered first, and so is an administrator, Bob is not."""
    opened = World(house, await house.account("ann"), await house.account("bob"))
    await until(opened.runs)
    return opened
