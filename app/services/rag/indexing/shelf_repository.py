"""The shelf: what files were before they changed or went, so that a branch switched back is not indexed again."""

from collections.abc import Collection, Sequence

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.database import Database

KEPT_DAYS = 14
KEPT_VERSIONS = 3
"""Of a file: an editor that saves every minute must not fill the disk. Branches seldom differ in more."""

_CHUNK = "hash, key, start_line, end_line, symbol, kind, language, modality, defines, text"
_OF_CHUNK = ", ".join(f"c.{column}" for column in _CHUNK.split(", "))
_SYMBOL = "name, folded, qualified, kind, line, end_line, parts"

SHELVED = "SELECT f.id AS old, s.id AS kept FROM files f JOIN shelved_files s ON (s.source_id, s.path, s.hash)"


def statement(sql: str) -> TextClause:
    """Return SQL that was put together from this module's constants; values are bound."""
    return text(sql)


async def shelve(session: AsyncSession, file_ids: Sequence[int]) -> None:
    """Keep what is indexed of these files; their rows are locked, and the chunks are deleted by the caller."""
    ids = {"ids": list(file_ids)}
    indexed = "FROM files WHERE id = ANY(CAST(:ids AS bigint[])) AND indexed_hash IS NOT NULL AND chunks > 0"
    await session.execute(
        statement(
            "DELETE FROM shelved_files s USING files f WHERE f.id = ANY(CAST(:ids AS bigint[])) "
            "AND (s.source_id, s.path, s.hash) = (f.source_id, f.path, f.indexed_hash)"
        ),
        ids,
    )
    await session.execute(
        statement(
            "INSERT INTO shelved_files (source_id, path, hash, chunker, model, chunks) "
            f"SELECT source_id, path, indexed_hash, chunker, model, chunks {indexed} ORDER BY id"
        ),
        ids,
    )
    kept = f"{SHELVED} = (f.source_id, f.path, f.indexed_hash) WHERE f.id = ANY(CAST(:ids AS bigint[]))"
    await session.execute(
        statement(
            f"INSERT INTO shelved_chunks (file_id, number, {_CHUNK}, embedding, terms, weights) "
            f"SELECT k.kept, row_number() OVER (PARTITION BY k.kept ORDER BY c.id), {_OF_CHUNK}, v.embedding, t.terms, "
            f"t.weights FROM ({kept}) k JOIN chunks c ON c.file_id = k.old "
            "JOIN chunk_vectors v ON v.chunk_id = c.id JOIN chunk_terms t ON t.chunk_id = c.id"
        ),
        ids,
    )
    await session.execute(
        statement(
            f"INSERT INTO shelved_symbols (file_id, number, {_SYMBOL}) SELECT k.kept, "
            f"row_number() OVER (PARTITION BY k.kept ORDER BY y.id), {_SYMBOL} "
            f"FROM ({kept}) k JOIN symbols y ON y.file_id = k.old"
        ),
        ids,
    )


async def on_shelf(session: AsyncSession, file_ids: Sequence[int], chunker: str, model: str) -> list[int]:
    """Return those of these files whose new content is on the shelf, made by this chunker and this model.

    It is locked there: `clear_old` may not throw a part of it away before `take` has all.
    """
    found = await session.scalars(
        statement(
            "SELECT f.id FROM files f JOIN shelved_files s ON (s.source_id, s.path, s.hash) "
            "= (f.source_id, f.path, f.hash) WHERE f.id = ANY(CAST(:ids AS bigint[])) "
            "AND s.chunker = :chunker AND s.model = :model ORDER BY f.id FOR KEY SHARE OF s"
        ),
        {"ids": list(file_ids), "chunker": chunker, "model": model},
    )
    return list(found.all())


async def take(session: AsyncSession, file_ids: Sequence[int]) -> dict[int, int]:
    """Put what is on the shelf back into the index, for files that have no chunks; return their number by file."""
    kept = f"{SHELVED} = (f.source_id, f.path, f.hash) WHERE f.id = ANY(CAST(:ids AS bigint[]))"
    ids = {"ids": list(file_ids)}
    rows = await session.execute(
        statement(
            f"WITH k AS ({kept}), numbered AS (SELECT nextval(pg_get_serial_sequence('chunks', 'id')) AS id, k.old, "
            "f.source_id, o.* FROM k JOIN files f ON f.id = k.old JOIN LATERAL (SELECT * FROM shelved_chunks s "
            "WHERE s.file_id = k.kept ORDER BY s.number) o ON true), "
            f"c AS (INSERT INTO chunks (id, file_id, source_id, {_CHUNK}) OVERRIDING SYSTEM VALUE "
            f"SELECT id, old, source_id, {_CHUNK} FROM numbered RETURNING id, file_id), "
            "v AS (INSERT INTO chunk_vectors (chunk_id, source_id, embedding) SELECT id, source_id, embedding "
            "FROM numbered), "
            "t AS (INSERT INTO chunk_terms (chunk_id, source_id, terms, weights) SELECT id, source_id, terms, weights "
            "FROM numbered) SELECT file_id, count(*) AS chunks FROM c GROUP BY file_id"
        ),
        ids,
    )
    chunks = {row.file_id: row.chunks for row in rows}
    await session.execute(
        statement(
            f"INSERT INTO symbols (file_id, source_id, {_SYMBOL}) SELECT k.old, f.source_id, "
            f"{_SYMBOL} FROM ({kept}) k "
            "JOIN files f ON f.id = k.old JOIN shelved_symbols y ON y.file_id = k.kept ORDER BY k.old, y.number"
        ),
        ids,
    )
    return chunks


async def forget(session: AsyncSession, source_id: int, paths: Collection[str]) -> None:
    """Throw away everything that these files ever were."""
    if paths:
        await session.execute(
            text("DELETE FROM shelved_files WHERE source_id = :source AND path = ANY(:paths)"),
            {"source": source_id, "paths": list(paths)},
        )


async def clear_old(database: Database) -> int:
    """Throw away what was shelved too long ago, and all but the newest of each file; return how many files."""
    async with database.transaction() as session:
        gone = await session.execute(
            statement(
                "DELETE FROM shelved_files WHERE id IN (SELECT id FROM (SELECT id, shelved_at, row_number() OVER "
                "(PARTITION BY source_id, path ORDER BY shelved_at DESC, id DESC) AS version FROM shelved_files) s "
                "WHERE version > :versions OR shelved_at < now() - make_interval(days => :days))"
            ),
            {"versions": KEPT_VERSIONS, "days": KEPT_DAYS},
        )
    return int(getattr(gone, "rowcount", 0))
