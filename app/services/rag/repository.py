"""Queries of the answering side: the lexical leg, the chunks behind a ranking, sources and their progress."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from pgvector import SparseVector
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.db.database import Database
from app.services.rag.found import Candidate, Found, Ranked
from app.services.rag.models import TERM_SPACE
from app.services.rag.progress import SourceProgress
from app.services.rag.scope import Scope, SeenSources, condition
from app.services.rag.vector_repository import statement


def among(table: str, scope: Scope) -> tuple[str, dict[str, Any]]:
    """Return the condition that keeps a leg inside `scope`, and its parameters."""
    values: dict[str, Any] = {"sources": list(scope.sources)}
    if not scope.narrow:
        return f"{table}.source_id = ANY(CAST(:sources AS int[]))", values
    inside, more = condition(scope)
    chunks_inside = (
        "SELECT c.id FROM chunks c JOIN files f ON f.id = c.file_id "
        f"WHERE c.source_id = ANY(CAST(:sources AS int[])) AND {inside}"
    )
    return f"{table}.chunk_id IN ({chunks_inside})", {**values, **more}


async def lexical(
    database: Database, weights: Mapping[int, float], nominating: Sequence[int], scope: Scope, limit: int
) -> list[Ranked]:
    """Return the chunks with the highest BM25 score among those that hold one of the `nominating` terms.

    `weights` is the inverse document frequency of each term of the query; `nominating` are the rare ones among
    them, as common ones would make every chunk a candidate.
    """
    inside, values = among("t", scope)
    sql = (
        "SELECT t.chunk_id, -(t.weights <#> CAST(:weights AS sparsevec)) AS score FROM chunk_terms t "
        f"WHERE t.terms && CAST(:nominating AS int[]) AND {inside} "
        "ORDER BY t.weights <#> CAST(:weights AS sparsevec) LIMIT :limit"
    )
    values |= {"weights": SparseVector(dict(weights), TERM_SPACE), "nominating": list(nominating), "limit": limit}
    return [Ranked(*row) for row in await database.fetch(sql, values)]


async def candidates(database: Database, ids: Sequence[int]) -> list[Candidate]:
    """Return what ranking has to know of these chunks; one that was replaced since it was ranked is missing."""
    rows = await database.fetch(
        "SELECT c.id, c.file_id, f.path, c.symbol, c.kind, c.language, c.defines, f.chunks FROM chunks c "
        "JOIN files f ON f.id = c.file_id WHERE c.id = ANY(CAST(:ids AS bigint[]))",
        {"ids": list(ids)},
    )
    return [Candidate(*row) for row in rows]


async def chunks(database: Database, ids: Sequence[int]) -> dict[int, Found]:
    """Return the chunks by id; one that was replaced since it was ranked is missing."""
    rows = await database.fetch(
        "SELECT c.id, c.source_id, s.name, f.path, c.start_line, c.end_line, c.symbol, c.kind, c.language, c.modality, "
        "c.defines, c.text FROM chunks c JOIN files f ON f.id = c.file_id JOIN sources s ON s.id = c.source_id "
        "WHERE c.id = ANY(CAST(:ids AS bigint[]))",
        {"ids": list(ids)},
    )
    return {row["id"]: Found(*row) for row in rows}


async def holds(database: Database, source_ids: SeenSources, modality: str) -> bool:
    """Whether these sources have a chunk of that modality."""
    values = {"sources": list(source_ids), "modality": modality}
    rows = await database.fetch(
        "SELECT 1 FROM chunks WHERE source_id = ANY(CAST(:sources AS int[])) AND modality = :modality LIMIT 1", values
    )
    return bool(rows)


async def pictures(database: Database, source_ids: SeenSources) -> int:
    """Return how many pictures these sources have."""
    ((count,),) = await database.fetch(
        "SELECT count(*) FROM pictures p JOIN files f ON f.id = p.file_id "
        "WHERE f.source_id = ANY(CAST(:sources AS int[]))",
        {"sources": list(source_ids)},
    )
    return int(count)


PROGRESS = text(
    """
    SELECT s.id, s.name, s.path, s.watch, s.include, s.exclude, s.owner_id, s.visibility, s.created_at,
        s.generation, s.scanning, s.problem, s.paused, s.branch, s.commit, s.embedded, s.reused,
        s.scan_requested, s.scan_finished,
        count(f.id) AS known,
        count(f.id) FILTER (WHERE f.state = 'indexed') AS indexed,
        count(f.id) FILTER (WHERE f.state = 'pending') AS pending,
        count(f.id) FILTER (WHERE f.state = 'failed') AS failed,
        coalesce(sum(f.chunks), 0) AS chunks,
        coalesce(sum(f.size), 0) AS bytes,
        coalesce(bool_or(f.chunks > 0 AND f.model <> :model), false) AS embedded_otherwise,
        coalesce(extract(epoch FROM now() - min(f.changed_at) FILTER (WHERE f.state = 'pending')) * 1000, 0) AS lag_ms,
        t.generation AS statistics_generation
    FROM sources s LEFT JOIN files f ON f.source_id = s.id LEFT JOIN term_statistics t ON t.source_id = s.id
    GROUP BY s.id, t.generation ORDER BY s.id
    """
)


async def progress(connection: AsyncConnection, model: str) -> list[SourceProgress]:
    """Return where each source is; `model` is the built-in one of now."""
    return [SourceProgress(**row) for row in (await connection.execute(PROGRESS, {"model": model})).mappings()]


async def statistics(connection: AsyncConnection, source_id: int) -> tuple[int, bytes, bytes] | None:
    """Return the number of chunks, the term ids and their document frequencies (see `TermStatistics`)."""
    row = (
        await connection.execute(
            text("SELECT chunks, terms, documents FROM term_statistics WHERE source_id = :source"),
            {"source": source_id},
        )
    ).one_or_none()
    return None if row is None else (row.chunks, row.terms, row.documents)


async def request_scan(session: AsyncSession, source_ids: Sequence[int]) -> dict[int, int]:
    """Ask for a scan of these sources that begins after now; return the number of each request by source."""
    rows = await session.execute(
        text(
            "UPDATE sources SET scan_requested = scan_requested + 1 WHERE id IN (SELECT id FROM sources "
            "WHERE id = ANY(CAST(:sources AS int[])) ORDER BY id FOR NO KEY UPDATE) RETURNING id, scan_requested"
        ),
        {"sources": list(source_ids)},
    )
    return {row.id: row.scan_requested for row in rows}


async def add_source(session: AsyncSession, values: Mapping[str, Any]) -> int | None:
    """Make a source; None when name or path is taken: among what is shared, or among what its owner keeps private."""
    made = await session.scalar(
        text(
            "INSERT INTO sources (name, path, include, exclude, watch, owner_id, visibility) VALUES (:name, :path, "
            "CAST(:include AS text[]), CAST(:exclude AS text[]), :watch, :owner_id, :visibility) "
            "ON CONFLICT DO NOTHING RETURNING id"
        ),
        dict(values),
    )
    return None if made is None else int(made)


async def delete_source(session: AsyncSession, source_id: int) -> None:
    """Delete a source with its files and chunks; rows are locked in the order of a worker, files before sources."""
    await session.execute(
        text("SELECT id FROM files WHERE source_id = :source ORDER BY path FOR UPDATE"), {"source": source_id}
    )
    await session.execute(text("DELETE FROM sources WHERE id = :source"), {"source": source_id})


async def private_sources(session: AsyncSession, owner_id: UUID) -> list[int]:
    """Return the sources that this owner keeps private, in the order in which sources are locked."""
    found = await session.scalars(
        text("SELECT id FROM sources WHERE visibility = 'private' AND owner_id = :owner ORDER BY id"),
        {"owner": owner_id},
    )
    return list(found.all())


async def table_sizes(connection: AsyncConnection, more: Sequence[str]) -> dict[str, int]:
    """Return the bytes on disk of the index's tables, and of `more` that exist, with their indexes."""
    names = ("files", "file_texts", "chunks", "chunk_vectors", "chunk_terms", *more)
    size = "pg_total_relation_size(to_regclass(name)) AS size"
    sizes = statement(
        f"SELECT name, {size} FROM unnest(CAST(:names AS text[])) AS name WHERE to_regclass(name) IS NOT NULL"
    )
    return {row.name: row.size for row in await connection.execute(sizes, {"names": list(names)})}
