"""The world on a database of its own, run by a real engine process."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from app.core.access import Caller, Role
from app.core.registry import Context
from app.core.settings import load_settings
from app.db.database import Database
from app.db.settings import DatabaseName
from app.services.ecs.service import Ecs, open_ecs
from app.services.ecs.settings import EcsSettings
from tests.conftest import FreshDatabase
from tests.services.ecs.waiting import until

ANN = Caller(user_id=uuid4(), username="ann", role=Role.user)
BOB = Caller(user_id=uuid4(), username="bob", role=Role.user)
ADMIN = Caller(user_id=uuid4(), username="admin", role=Role.admin)


@pytest.fixture
async def ecs_database(fresh_database: FreshDatabase) -> AsyncIterator[Database]:
    database = Database(await fresh_database(DatabaseName.ecs))
    yield database
    await database.close()


def context_of(database: Database) -> Context:
    settings = load_settings([EcsSettings])
    return Context(settings=settings, service="ecs", lookup=lambda _: database, lost=pytest.fail)


@pytest.fixture
async def ecs(ecs_database: Database, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Ecs]:
    """A running world; `seed` 7."""
    monkeypatch.setenv("ECS_WORLD_SEED", "7")
    async with open_ecs(context_of(ecs_database)) as opened:
        await until(lambda: is_running(opened))
        yield opened


async def is_running(ecs: Ecs) -> bool:
    return await ecs.probe() is None
