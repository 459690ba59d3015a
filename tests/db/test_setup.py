"""Servers that cannot be used: each is told in a sentence that says what to do, and nothing is half done."""

from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest

from app.core.registry import ServiceFailed
from app.db.database import Database
from app.db.embedded import EmbeddedServers
from app.db.inspection import inspect
from app.db.provision import Address, provision
from app.db.service import EmbeddedService
from app.db.settings import DatabaseName
from tests.conftest import FreshDatabase

pytestmark = pytest.mark.anyio


@pytest.fixture
async def without_vector(servers: EmbeddedServers) -> AsyncIterator[str]:
    """The URL of an empty database on a server that seems to have no extensions to offer."""
    name = f"bare_{uuid4().hex}"
    connection = await asyncpg.connect(servers.postgres_url("postgres"))
    await connection.execute(f"CREATE DATABASE {name}")
    await connection.execute(f"ALTER DATABASE {name} SET extension_control_path = '/nowhere'")
    yield servers.postgres_url(name)
    await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await connection.close()


async def test_a_server_without_pgvector_is_refused_before_anything_is_made(without_vector: str) -> None:
    with pytest.raises(ServiceFailed, match=r"pgvector is not installed .* apt install postgresql-18-pgvector"):
        await provision(Address(without_vector), DatabaseName.main)
    connection = await asyncpg.connect(without_vector)
    assert await connection.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0
    await connection.close()


async def test_databases_without_vectors_do_not_miss_pgvector(without_vector: str) -> None:
    assert await provision(Address(without_vector), DatabaseName.auth) == ["migrated auth"]


async def test_tables_of_a_newer_version_are_left_alone(fresh_database: FreshDatabase) -> None:
    url = await fresh_database(DatabaseName.ecs)
    connection = await asyncpg.connect(url)
    await connection.execute("UPDATE alembic_version_ecs SET version_num = '9999'")
    with pytest.raises(ServiceFailed, match="made by a newer Reynard"):
        await provision(Address(url), DatabaseName.ecs)
    assert await connection.fetchval("SELECT version_num FROM alembic_version_ecs") == "9999"
    await connection.close()


async def test_the_versions_are_told(main_database: Database) -> None:
    async with main_database.engine.connect() as connection:
        assert (await inspect(connection, vector=True)).startswith("PostgreSQL 18, pgvector 0.8")


async def test_little_room_is_told_before_it_is_none(servers: EmbeddedServers, monkeypatch: pytest.MonkeyPatch) -> None:
    service = EmbeddedService(servers)
    assert await service.probe() is None
    monkeypatch.setattr("app.db.service.LITTLE_BYTES", 2**60)
    assert "free some space" in (await service.probe() or "")
