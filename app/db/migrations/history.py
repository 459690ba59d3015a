"""One migration history applied to one database."""

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from app.core.registry import ServiceFailed
from app.db.database import Database

ROOT = Path(__file__).resolve().parents[3]
ONE_AT_A_TIME = threading.Lock()
LOCK_KEY = 0x7265796E
"""Advisory lock (the bytes of "reyn") that lets one process at a time migrate a database."""


def config(history: str) -> Config:
    """Return Alembic's configuration of that history; paths do not depend on the working directory."""
    found = Config(ROOT / ("alembic.ini" if history == "main" else f"alembic_{history}.ini"))
    found.set_main_option("script_location", str(ROOT / "alembic" / history).replace("%", "%%"))
    return found


def head(history: str) -> str:
    """Return the newest revision of that history."""
    return ScriptDirectory.from_config(config(history)).get_current_head() or ""


async def is_current(database: Database, history: str) -> bool:
    """Return whether the database is at the newest revision.

    Raises:
        ServiceFailed: It is at a revision that this version does not know.
    """
    found, newest = await current(database, history), await asyncio.to_thread(head, history)
    if found is not None and found != newest and not await asyncio.to_thread(knows, history, found):
        raise ServiceFailed(
            f"the tables of {history} were made by a newer Reynard (revision {found}, this one knows {newest}): "
            "update Reynard, or restore a backup"
        )
    return found == newest


def knows(history: str, revision: str) -> bool:
    """Whether `revision` is one of that history."""
    return any(item.revision == revision for item in ScriptDirectory.from_config(config(history)).walk_revisions())


async def current(database: Database, history: str) -> str | None:
    """Return the revision the database is at, or None before the first migration."""
    async with database.engine.connect() as connection:
        return await connection.run_sync(_context_of(history))


def _context_of(history: str) -> Callable[[Connection], str | None]:
    def revision(connection: Connection) -> str | None:
        context = MigrationContext.configure(connection, opts={"version_table": version_table(history)})
        return context.get_current_revision()

    return revision


def version_table(history: str) -> str:
    """Return the table that records the revision; named by history, as e2e holds two of them."""
    return f"alembic_version_{history}"


async def migrate(database: Database, history: str, to: str = "head") -> bool:
    """Bring the database to revision `to`; return whether anything had to change.

    Safe to call at once from several tasks, threads and processes: they take turns, and the later ones find
    nothing to do.
    """
    if to == "head" and await is_current(database, history):
        return False
    await asyncio.to_thread(_migrate_alone, database, history, to)
    return True


def _migrate_alone(database: Database, history: str, to: str) -> None:
    """Run Alembic in this thread, on an event loop and a connection of its own.

    `alembic.op` is one global for the whole process, so two migrations must never overlap in it.
    """
    with ONE_AT_A_TIME:
        asyncio.run(_migrate(database.twin(), history, to))


async def _migrate(database: Database, history: str, to: str) -> None:
    key = {"key": LOCK_KEY}
    try:
        async with database.engine.connect() as connection:
            await connection.execute(text("SELECT pg_advisory_lock(:key)"), key)
            await connection.commit()
            try:
                await connection.run_sync(_run, history, to)
                await connection.commit()
            finally:
                await connection.rollback()
                await connection.execute(text("SELECT pg_advisory_unlock(:key)"), key)
                await connection.commit()
    finally:
        await database.close()


def _run(connection: Connection, history: str, to: str) -> None:
    options = config(history)
    options.attributes["connection"] = connection
    step: Callable[[Config, str], Any] = command.downgrade if to == "base" or to.startswith("-") else command.upgrade
    step(options, to)
