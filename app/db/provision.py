"""Create, extend and migrate one database, for the server and for the scripts."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import asyncpg
from sqlalchemy import URL, text

from app.core.settings import Settings
from app.db.database import CONNECT_SECONDS, Database, asyncpg_url
from app.db.embedded import attach
from app.db.migrations.history import migrate
from app.db.settings import AUTH_SCHEMA_IN_E2E, DatabaseName, DatabaseSettings

MAINTENANCE_DATABASE = "postgres"
"""The database every server has: the place to stand while another is created."""


async def create_if_missing(url: URL) -> bool:
    """Create the database that `url` names; return whether it was missing.

    Raises:
        asyncpg.PostgresError: The server refused, for example because the user may not create databases.
        OSError: Nothing answers there.
    """
    elsewhere = url.set(drivername="postgresql", database=MAINTENANCE_DATABASE)
    connection = await asyncpg.connect(elsewhere.render_as_string(hide_password=False), timeout=CONNECT_SECONDS)
    try:
        if await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", url.database):
            return False
        name = str(url.database).replace('"', '""')
        try:
            await connection.execute(f'CREATE DATABASE "{name}"')
        except (asyncpg.DuplicateDatabaseError, asyncpg.UniqueViolationError):
            return False
        return True
    finally:
        await connection.close()


def schema_of(name: DatabaseName, history: str) -> str:
    """Return the schema in which the tables of `history` live in that database."""
    return AUTH_SCHEMA_IN_E2E if name is DatabaseName.e2e and history == "auth" else "public"


async def provision(url: str, name: DatabaseName, *, create: bool) -> list[str]:
    """Bring the database to what this version of the code expects; return what was done, in words.

    Safe to run again and at the same time from several processes.

    Raises:
        asyncpg.PostgresError, sqlalchemy.exc.DBAPIError, OSError: See `app.db.faults.in_words`.
    """
    done: list[str] = []
    if create and await create_if_missing(asyncpg_url(url)):
        done.append("created")
    for history in name.histories:
        schema = schema_of(name, history)
        database = Database(url, schema=schema, pool_size=1)
        try:
            if await migrate_from_nothing(database, schema, history):
                done.append(f"migrated {history}")
        finally:
            await database.close()
    return done


async def migrate_from_nothing(database: Database, schema: str, history: str) -> bool:
    """Make the schema where it is missing, and migrate; return whether anything changed."""
    if schema != "public":
        async with database.engine.begin() as connection:
            await connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {schema}"))
    return await migrate(database, history)


@asynccontextmanager
async def url_for_script(settings: Settings, name: DatabaseName) -> AsyncIterator[tuple[str, bool]]:
    """Yield the URL of that database and whether it is on the embedded server, which is started if needed."""
    async with AsyncExitStack() as stack:
        configured = settings.of(DatabaseSettings).url(name)
        if configured:
            yield configured, False
            return
        servers = await stack.enter_async_context(attach(settings.data_dir))
        yield servers.postgres_url(name.default_database), True


@asynccontextmanager
async def open_for_script(settings: Settings, name: DatabaseName, history: str) -> AsyncIterator[Database]:
    """Yield the database outside a running server, looking into the schema of `history`."""
    async with url_for_script(settings, name) as (url, embedded):
        if embedded:
            await create_if_missing(asyncpg_url(url))
        database = Database(url, schema=schema_of(name, history), pool_size=2)
        try:
            yield database
        finally:
            await database.close()
