"""Queries around one chunk: which it is, what is near it in meaning, and which chunks hold some lines."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.services.rag.found import Ranked
from app.services.rag.scope import SeenSources


@dataclass(frozen=True, slots=True)
class Place:
    """The chunk at a line of a file."""

    chunk_id: int
    file_id: int
    source_id: int
    symbol: str | None
    defines: list[str]
    text: str


async def at(connection: AsyncConnection, source_ids: SeenSources, path: str, line: int) -> Place | None:
    """Return the chunk that holds a line, or else the nearest before it."""
    row = (
        await connection.execute(
            text(
                "SELECT c.id, c.file_id, c.source_id, c.symbol, c.defines, c.text FROM chunks c "
                "JOIN files f ON f.id = c.file_id WHERE f.source_id = ANY(CAST(:sources AS int[])) AND f.path = :path "
                "AND c.start_line <= :line ORDER BY c.start_line DESC, f.source_id LIMIT 1"
            ),
            {"sources": list(source_ids), "path": path, "line": line},
        )
    ).one_or_none()
    return None if row is None else Place(*row)


async def near(connection: AsyncConnection, chunk_id: int, source_ids: SeenSources, limit: int) -> list[Ranked]:
    """Return the chunks nearest in meaning to a chunk, itself among them, by cosine similarity."""
    rows = await connection.execute(
        text(
            "WITH asked AS MATERIALIZED (SELECT embedding FROM chunk_vectors WHERE chunk_id = :chunk) "
            "SELECT v.chunk_id, -(v.embedding <#> asked.embedding) AS score FROM chunk_vectors v, asked "
            "WHERE v.source_id = ANY(CAST(:sources AS int[])) ORDER BY v.embedding <#> asked.embedding LIMIT :limit"
        ),
        {"chunk": chunk_id, "sources": list(source_ids), "limit": limit},
    )
    return [Ranked(found, score) for found, score in rows]


async def holding(connection: AsyncConnection, places: Sequence[tuple[int, int]]) -> list[int]:
    """Return the chunk of each place (file id, line) that has one, in the order of the places."""
    rows = await connection.execute(
        text(
            "SELECT p.number, min(c.id) AS id FROM unnest(CAST(:files AS bigint[]), CAST(:lines AS int[])) "
            "WITH ORDINALITY AS p(file_id, line, number) JOIN chunks c ON c.file_id = p.file_id "
            "AND p.line BETWEEN c.start_line AND c.end_line GROUP BY p.number ORDER BY p.number"
        ),
        {"files": [file_id for file_id, _ in places], "lines": [line for _, line in places]},
    )
    return [row.id for row in rows]


async def of_file(connection: AsyncConnection, file_id: int) -> set[int]:
    """Return the chunks of a file."""
    rows = await connection.execute(text("SELECT id FROM chunks WHERE file_id = :file"), {"file": file_id})
    return {row.id for row in rows}
