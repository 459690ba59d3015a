"""What `--check` looks at: the data directory, and each database that a URL names."""

import asyncio
import os
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path

from app.core.registry import ServiceFailed
from app.core.settings import Environment, Settings
from app.db.database import Database
from app.db.embedded import EmbeddedServerError
from app.db.embedded.binaries import choose_postgres, valkey_binary
from app.db.faults import in_words
from app.db.inspection import inspect
from app.db.migrations.history import is_current
from app.db.provision import schema_of
from app.db.settings import DatabaseName, DatabaseSettings, database_for
from app.db.urls import asyncpg_url

FREE_BYTES = 300 * 1024 * 1024
"""An empty cluster with its five databases and write-ahead log takes 120 MB."""


async def check_embedded(settings: Settings) -> str:
    """Say whether the embedded servers have their programs, and a place to write."""
    return await asyncio.to_thread(look_at_directory, settings.data_dir)


def look_at_directory(data_dir: Path) -> str:
    """Return what was found of the data directory, or of the place where it will be made.

    Raises:
        ServiceFailed: No server program is installed, the directory cannot be written, or its disk is full.
    """
    try:
        postgres = choose_postgres(set())
        valkey_binary()
    except EmbeddedServerError as error:
        raise ServiceFailed(str(error)) from error
    place = next(path for path in (data_dir, *data_dir.parents) if path.exists())
    if not place.is_dir() or not os.access(place, os.W_OK | os.X_OK):
        raise ServiceFailed(f"{place} cannot be written: let this user write there, or set REYNARD_DATA_DIR")
    free = shutil.disk_usage(place).free
    if free < FREE_BYTES:
        raise ServiceFailed(f"{place} has {free // 2**20} MB left: free some space, or set REYNARD_DATA_DIR")
    state = "is there" if place == data_dir else "will be made"
    return f"PostgreSQL {postgres.major}; {data_dir} {state}, {free // 2**30} GB free"


def checker(role: DatabaseName) -> Callable[[Settings], Awaitable[str]]:
    """Return the check of the database that plays `role`: see `ServiceDefinition.check`."""

    async def check(settings: Settings) -> str:
        name, _ = database_for(role, settings.environment)
        url = settings.of(DatabaseSettings).url(name)
        if url is None:
            return "on the embedded server"
        found, behind = await look_at_database(url, name)
        if not behind:
            return f"{found}, tables are current"
        if settings.environment is Environment.production:
            raise ServiceFailed(f"its tables are not current: run python scripts/migrate.py upgrade {name}")
        return f"{found}, tables will be migrated"

    return check


async def look_at_database(url: str, name: DatabaseName) -> tuple[str, list[str]]:
    """Return what the server is, and the histories that are not at their newest revision.

    Raises:
        ServiceFailed: The database cannot be used.
    """
    found, behind = "", []
    for history in name.histories:
        database = Database(url, schema=schema_of(name, history), pool_size=1)
        try:
            async with database.engine.connect() as connection:
                found = await inspect(connection, vector=name.needs_vector)
            behind += [] if await is_current(database, history) else [history]
        except ServiceFailed:
            raise
        except Exception as error:  # the edge to the driver: whatever it raises becomes one sentence
            raise ServiceFailed(in_words(error, asyncpg_url(url))) from error
        finally:
            await database.close()
    return found, behind
