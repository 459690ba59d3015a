"""Bring one database to what this version of the code expects, for the server and for the scripts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncpg
from sqlalchemy import text

from app.core.settings import Settings
from app.db.administration import create_if_missing, prepare
from app.db.database import Database
from app.db.embedded import EmbeddedServers, attach
from app.db.faults import causes
from app.db.inspection import inspect
from app.db.migrations.history import is_current, migrate
from app.db.settings import AUTH_SCHEMA_IN_E2E, DatabaseName, DatabaseSettings
from app.db.urls import asyncpg_url

MISSING = (
    asyncpg.InvalidCatalogNameError,
    asyncpg.InvalidPasswordError,
    asyncpg.InvalidAuthorizationSpecificationError,
)
"""What a server says of a database or a role that is not there yet."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a database is.

    Attributes:
        url: For the application, as a role with no more rights than it needs.
        admin: As a role that may make what is missing; None when only the operator knows one.
    """

    url: str
    admin: str | None = None

    @property
    def embedded(self) -> bool:
        """Whether the database lies on the embedded server."""
        return self.admin is not None


def embedded_address(servers: EmbeddedServers, name: DatabaseName) -> Address:
    """Return where that database lies on the embedded server."""
    return Address(
        servers.role_url(name.default_database, name.default_role), servers.postgres_url(name.default_database)
    )


def schema_of(name: DatabaseName, history: str) -> str:
    """Return the schema in which the tables of `history` live in that database."""
    return AUTH_SCHEMA_IN_E2E if name is DatabaseName.e2e and history == "auth" else "public"


async def provision(address: Address, name: DatabaseName, *, create: bool = False) -> list[str]:
    """Make what is missing and migrate; return what was done, in words.

    Safe to run again and at the same time from several processes. On the embedded server everything missing is made;
    elsewhere the database is, if `create` says so and its role may.

    Raises:
        ServiceFailed: The server cannot be used, or holds what a newer version made; says what to do.
        asyncpg.PostgresError, sqlalchemy.exc.DBAPIError, OSError: See `app.db.faults.in_words`.
    """
    done: list[str] = []
    if create and not address.embedded and await create_if_missing(asyncpg_url(address.url)):
        done.append("created")
    try:
        return done + await migrate_all(address.url, name)
    except Exception as error:  # the edge to the driver; anything but a missing database or role is passed on
        if address.admin is None or not any(isinstance(cause, MISSING) for cause in causes(error)):
            raise
    done += await prepare(asyncpg_url(address.admin), asyncpg_url(address.url), vector=name.needs_vector)
    return done + await migrate_all(address.url, name)


async def migrate_all(url: str, name: DatabaseName) -> list[str]:
    """Bring every history of the database to its newest revision; return what was done."""
    done: list[str] = []
    for history in name.histories:
        schema = schema_of(name, history)
        database = Database(url, schema=schema, pool_size=1)
        try:
            if await migrate_from_nothing(database, schema, history, vector=name.needs_vector):
                done.append(f"migrated {history}")
        finally:
            await database.close()
    return done


async def migrate_from_nothing(database: Database, schema: str, history: str, *, vector: bool) -> bool:
    """Make the schema where it is missing, and migrate; return whether anything changed."""
    if await is_current(database, history):
        return False
    async with database.engine.begin() as connection:
        await inspect(connection, vector=vector)
        if schema != "public":
            await connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {schema}"))
    return await migrate(database, history)


@asynccontextmanager
async def address_for_script(settings: Settings, name: DatabaseName) -> AsyncIterator[Address]:
    """Yield where that database is; the embedded server is started if it is there and does not run."""
    if configured := settings.of(DatabaseSettings).url(name):
        yield Address(configured)
        return
    async with attach(settings.data_dir) as servers:
        yield embedded_address(servers, name)


@asynccontextmanager
async def open_for_script(settings: Settings, name: DatabaseName, history: str) -> AsyncIterator[Database]:
    """Yield the database outside a running server, looking into the schema of `history`.

    On the embedded server a database that is not there is made, and stays empty.
    """
    async with address_for_script(settings, name) as address:
        if address.admin is not None:
            await prepare(asyncpg_url(address.admin), asyncpg_url(address.url), vector=name.needs_vector)
        database = Database(address.url, schema=schema_of(name, history), pool_size=2)
        try:
            yield database
        finally:
            await database.close()
