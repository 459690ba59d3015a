"""Queries on tables of vectors: the built-in one and those of the extra legs, by an HNSW index or by looking at all.

A question about few chunks looks at all of them, which is exact. About many the index is asked: it goes on (iterative
scan, see `app.db.database`) until enough chunks pass the filters. Where it gives up before, all are looked at, so no
filter ever starves an answer.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pgvector import HalfVector
from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db.database import Database
from app.services.rag.found import Ranked
from app.services.rag.scope import Scope, condition

INDEX_FROM = 5_000
"""Vectors from which on a table gets an HNSW index. Below, looking at all is exact and takes under 10 ms: 1,000 chunks
take 0.7 ms on the built-in table and 2 ms on a leg's. An index of 37,000 is built in 16 s, and makes the save of a file
of ten chunks 20 ms slower."""


@dataclass(frozen=True, slots=True)
class VectorTable:
    """Where vectors are, as `v`, and how a chunk `c` is joined to one; only names of our own go into it."""

    name: str
    chunk_id: str
    source_id: str
    to_chunk: str
    always_joined: bool

    @property
    def index(self) -> str:
        """The name of its index, which is made while running; migrations leave what ends so alone."""
        return f"{self.name}_hnsw"


BUILT_IN = VectorTable(
    "chunk_vectors", "v.chunk_id", "v.source_id", "JOIN chunks c ON c.id = v.chunk_id", always_joined=False
)

OF_TEXT = "JOIN chunks c ON c.key = v.key"
OF_PICTURE = (
    "JOIN pictures p ON p.hash = v.key "
    "JOIN chunks c ON c.id = (SELECT min(first.id) FROM chunks first WHERE first.file_id = p.file_id)"
)
"""A picture is shown by the first chunk of what is written of it."""


def table_of_leg(leg_id: int, *, sees: bool = False) -> VectorTable:
    """Return the table of the extra leg with that id, of texts or of pictures."""
    to_chunk = OF_PICTURE if sees else OF_TEXT
    return VectorTable(f"leg_{leg_id:d}", "c.id", "c.source_id", to_chunk, always_joined=True)


def statement(sql: str) -> TextClause:
    """Return SQL that was put together from constants and names of our own tables; values are bound."""
    return text(sql)


async def nearest(
    database: Database, table: VectorTable, vector: NDArray[np.float32], scope: Scope, limit: int, *, few: bool
) -> list[Ranked]:
    """Return the chunks nearest to a unit vector, by cosine similarity (-1 to 1).

    Args:
        database: The main database.
        table: The leg.
        vector: Of the table's dimension.
        scope: Where to look; it names at least one source.
        limit: How many at most.
        few: The sources of the scope hold so few chunks that all are looked at.
    """
    inside, values = condition(scope)
    joined = f"{table.to_chunk} " if table.always_joined or inside else ""
    joined += "JOIN files f ON f.id = c.file_id " if inside else ""
    found = (
        f"SELECT {table.chunk_id} AS id, -(v.embedding <#> CAST(:vector AS halfvec)) AS score "
        f"FROM {table.name} v {joined}WHERE v.embedding IS NOT NULL "
        f"AND {table.source_id} = ANY(CAST(:sources AS int[])) {f'AND {inside} ' if inside else ''}"
    )
    values |= {"sources": list(scope.sources), "vector": HalfVector(vector), "limit": limit}
    if not few:
        by_index = f"{found}ORDER BY v.embedding <#> CAST(:vector AS halfvec) LIMIT :limit"
        ranked = await _ranked(database, by_index, values)
        if len(ranked) == limit:
            return ranked
    # An order by an expression that is not the index's own cannot use it.
    return await _ranked(database, f"{found}ORDER BY score DESC LIMIT :limit", values)


async def _ranked(database: Database, sql: str, values: dict[str, object]) -> list[Ranked]:
    return [Ranked(*row) for row in await database.fetch(sql, values)]


async def index_is_valid(connection: AsyncConnection, table: VectorTable) -> bool | None:
    """Return whether the table's index can be used; None when there is none, False for half of one."""
    valid: bool | None = await connection.scalar(
        text("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(:name)"), {"name": table.index}
    )
    return valid


async def build_index_when_due(database: Database, table: VectorTable) -> bool:
    """Build the table's index once it holds enough vectors, holding up nobody; return whether it was built now.

    One that was left half built (its process was killed) is built anew.
    """
    async with database.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        valid = await index_is_valid(connection, table)
        if valid:
            return False
        many = f"SELECT count(*) >= {INDEX_FROM:d} FROM (SELECT 1 FROM {table.name} LIMIT {INDEX_FROM:d}) AS first"
        if not await connection.scalar(statement(many)):
            return False
        if valid is False:
            await connection.execute(statement(f"DROP INDEX CONCURRENTLY IF EXISTS {table.index}"))
        # Parallel workers would take every core at the priority of the database.
        await connection.execute(text("SET max_parallel_maintenance_workers = 0"))
        try:
            await connection.execute(
                statement(
                    f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {table.index} ON {table.name} "
                    "USING hnsw (embedding halfvec_ip_ops)"
                )
            )
        finally:
            await connection.execute(text("RESET max_parallel_maintenance_workers"))
        return True
