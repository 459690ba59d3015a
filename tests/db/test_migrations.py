"""Every history goes up, down and up again, and ends where the models are."""

import importlib
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, MetaData, inspect

from app.db.base import AuthBase, EcsBase, MainBase
from app.db.database import Database
from app.db.migrations.history import current, head, migrate, version_table
from app.db.settings import DatabaseName
from tests.conftest import FreshDatabase

pytestmark = pytest.mark.anyio

SERVICES = Path(__file__).resolve().parents[2] / "app" / "services"
for found in SERVICES.glob("*/models.py"):
    importlib.import_module(f"app.services.{found.parent.name}.models")  # its tables register themselves

HISTORIES = {
    DatabaseName.main: MainBase.metadata,
    DatabaseName.auth: AuthBase.metadata,
    DatabaseName.ecs: EcsBase.metadata,
}


def differences(connection: Connection, history: str, metadata: MetaData) -> list[object]:
    def ours(_item: object, name: str | None, kind: str, *_: object) -> bool:
        return kind != "table" or name in metadata.tables

    options = {"version_table": version_table(history), "include_object": ours, "compare_server_default": True}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))


@pytest.mark.parametrize("name", HISTORIES)
async def test_up_down_up_without_drift(fresh_database: FreshDatabase, name: DatabaseName) -> None:
    database = Database(await fresh_database(name))
    history = str(name)
    try:
        assert await current(database, history) == head(history)
        async with database.engine.connect() as connection:
            assert await connection.run_sync(differences, history, HISTORIES[name]) == []
        await migrate(database, history, "base")
        async with database.engine.connect() as connection:
            tables = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
        assert tables == [version_table(history)]
        assert await migrate(database, history)
        assert not await migrate(database, history), "nothing is left to do"
    finally:
        await database.close()


async def test_the_e2e_database_holds_gatekeeper_in_a_schema_of_its_own(fresh_database: FreshDatabase) -> None:
    database = Database(await fresh_database(DatabaseName.e2e))
    try:
        async with database.engine.connect() as connection:
            tables = await connection.run_sync(lambda sync: inspect(sync).get_table_names("gatekeeper"))
            public = await connection.run_sync(lambda sync: inspect(sync).get_table_names("public"))
        assert "users" in tables
        assert "users" not in public
        assert "files" in public
    finally:
        await database.close()
