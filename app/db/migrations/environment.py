"""What every `alembic/<history>/env.py` does: run the migrations of one history, on the right database."""

import asyncio
from typing import Any

from alembic import context
from sqlalchemy import Connection, MetaData

from app.core.settings import load_settings
from app.db.migrations.history import version_table
from app.db.settings import DatabaseName, DatabaseSettings

RUN_TIME_INDEX = "_hnsw"
"""Ends the names of vector indexes, which are built while running, once a table is large."""


def run(history: str, metadata: MetaData) -> None:
    """Run what Alembic was asked for, on the connection it was given or on the configured database.

    `alembic -x database=e2e ...` names another database than the one the history is called after.
    """
    given: Connection | None = context.config.attributes.get("connection")
    if given is not None:
        _on(given, history, metadata)
        return
    name = DatabaseName(context.get_x_argument(as_dictionary=True).get("database", history))
    asyncio.run(_on_configured(name, history, metadata))


async def _on_configured(name: DatabaseName, history: str, metadata: MetaData) -> None:
    from app.db.provision import open_for_script  # noqa: PLC0415 - a starting server never needs it

    settings = load_settings([DatabaseSettings])
    async with open_for_script(settings, name, history) as database, database.engine.connect() as connection:
        await connection.run_sync(_on, history, metadata)
        await connection.commit()


def _on(connection: Connection, history: str, metadata: MetaData) -> None:
    def ours(_item: Any, name: str | None, kind: str, *_: Any) -> bool:  # noqa: ANN401 - Alembic's signature
        if kind == "index" and str(name).endswith(RUN_TIME_INDEX):
            return False
        return kind != "table" or name in metadata.tables

    context.configure(
        connection=connection,
        target_metadata=metadata,
        version_table=version_table(history),
        include_object=ours,
        compare_server_default=True,
    )
    with context.begin_transaction():
        context.run_migrations()
