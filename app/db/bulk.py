"""COPY into a table, for rows by the thousand."""

from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import Any

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession


async def copy_rows(session: AsyncSession, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Append `rows` to `table` inside the session's transaction, in PostgreSQL's binary COPY format."""
    driver = await driver_of(session)
    await driver.copy_records_to_table(table, columns=list(columns), records=rows)


async def copy_binary(session: AsyncSession, table: str, columns: Sequence[str], content: bytes) -> None:
    """Append rows that are encoded in the binary COPY format already."""
    driver = await driver_of(session)
    await driver.copy_to_table(table, columns=list(columns), source=BytesIO(content), format="binary")


async def driver_of(session: AsyncSession) -> asyncpg.Connection:
    """Return the driver's connection of the session's transaction."""
    raw = await (await session.connection()).get_raw_connection()
    return raw.driver_connection
