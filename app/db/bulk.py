"""COPY into a table, for rows by the thousand."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession


async def copy_rows(session: AsyncSession, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Append `rows` to `table` inside the session's transaction, in PostgreSQL's binary COPY format."""
    connection = await session.connection()
    raw = await connection.get_raw_connection()
    driver = raw.driver_connection
    assert driver is not None  # noqa: S101 - asyncpg always has one; the stub says it may be None
    await driver.copy_records_to_table(table, columns=list(columns), records=rows)
