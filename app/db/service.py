"""The embedded servers and the databases as services of the registry."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import structlog

from app.core.registry import Context, ServiceFailed
from app.core.settings import Environment, Settings
from app.db.database import Database
from app.db.embedded import EmbeddedServerError, EmbeddedServers, attach
from app.db.faults import in_words
from app.db.migrations.history import current, head, is_current
from app.db.provision import Address, embedded_address, provision, schema_of
from app.db.settings import DatabaseName, DatabaseSettings, database_for
from app.db.urls import asyncpg_url

log = structlog.get_logger(__name__)

EMBEDDED = "embedded_servers"

LITTLE_BYTES = 64 * 1024 * 1024
"""Free space below which it is said: PostgreSQL's write-ahead log grows by files of 16 MB."""


class EmbeddedService:
    """The embedded servers this process is attached to; a probe brings them back if they went away."""

    def __init__(self, servers: EmbeddedServers) -> None:
        self.servers = servers

    @property
    def redis_url(self) -> str:
        """The URL of the embedded Valkey, with its password."""
        return self.servers.redis_url

    async def probe(self) -> str | None:
        """Return None when the supervisor lives and has room; start another on its ports when it was killed."""
        try:
            await self.servers.ensure()
        except EmbeddedServerError as error:
            return str(error)
        free = (await asyncio.to_thread(shutil.disk_usage, self.servers.data_dir)).free
        if free < LITTLE_BYTES:
            return f"the disk of {self.servers.data_dir} has {free // 2**20} MB left: free some space, nothing is lost"
        return None


@asynccontextmanager
async def open_embedded(context: Context) -> AsyncIterator[EmbeddedService]:
    """Attach to the embedded PostgreSQL and Valkey, starting them if no other process did."""
    try:
        async with attach(context.settings.data_dir) as servers:
            yield EmbeddedService(servers)
    except EmbeddedServerError as error:
        raise ServiceFailed(str(error)) from error


def address_of(context: Context, name: DatabaseName) -> Address:
    """Return where that database is.

    Raises:
        ServiceFailed: No URL is set and the embedded server does not run.
    """
    if configured := context.settings.of(DatabaseSettings).url(name):
        return Address(configured)
    try:
        return embedded_address(context.get(EMBEDDED, EmbeddedService).servers, name)
    except LookupError as error:
        raise ServiceFailed(str(error)) from error


def opener(role: DatabaseName) -> Callable[[Context], AbstractAsyncContextManager[Database]]:
    """Return what opens the database that plays `role` (main, auth or ecs) in this environment."""

    @asynccontextmanager
    async def open_database(context: Context) -> AsyncIterator[Database]:
        name, schema = database_for(role, context.settings.environment)
        address = address_of(context, name)
        await make_ready(address, name, context.settings)
        settings = context.settings.of(DatabaseSettings)
        replica = settings.read_replica_url if role is DatabaseName.main else None
        database = Database(address.url, schema=schema, replica_url=replica, pool_size=settings.database_pool_size)
        try:
            yield database
        finally:
            await database.close()

    return open_database


async def make_ready(address: Address, name: DatabaseName, settings: Settings) -> None:
    """Provision the database; in production an external one is only checked, as migrating it is a decision.

    Raises:
        ServiceFailed: It cannot be used; says why and what to do.
    """
    try:
        if address.embedded or settings.environment is not Environment.production:
            done = await provision(address, name)
            if done:
                log.info("database_provisioned", database=str(name), done=done)
            return
        await check_revision(address.url, name)
    except ServiceFailed:
        raise
    except Exception as error:  # the edge to the driver: whatever it raises becomes one sentence
        raise ServiceFailed(in_words(error, asyncpg_url(address.url))) from error


async def check_revision(url: str, name: DatabaseName) -> None:
    """Raise ServiceFailed when the database is not at the newest revision."""
    for history in name.histories:
        database = Database(url, schema=schema_of(name, history), pool_size=1)
        try:
            if await is_current(database, history):
                continue
            found = await current(database, history)
        finally:
            await database.close()
        raise ServiceFailed(
            f"database {name} is at revision {found} of {history}, this version needs {head(history)}: "
            f"run python scripts/migrate.py upgrade {name}"
        )


MIRRORS = (DatabaseName.e2e, DatabaseName.ecs_e2e)


@asynccontextmanager
async def open_mirrors(context: Context) -> AsyncIterator[tuple[DatabaseName, ...]]:
    """Keep the mirrors for end-to-end tests provisioned; nothing holds a connection to them."""
    for name in MIRRORS:
        await make_ready(address_of(context, name), name, context.settings)
    yield MIRRORS


def mirrors_off(settings: Settings) -> str | None:
    """Disable the mirrors in production, where no end-to-end test runs."""
    return "no end-to-end tests in production" if settings.environment is Environment.production else None


def embedded_off(settings: Settings) -> str | None:
    """Disable the embedded servers when everything is configured by URL."""
    databases = settings.of(DatabaseSettings)
    used = [name for name in DatabaseName if name not in MIRRORS or not mirrors_off(settings)]
    if settings.redis_url and all(databases.url(name) for name in used):
        return "every database and Redis is set by URL"
    return None
