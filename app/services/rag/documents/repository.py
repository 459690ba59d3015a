"""Queries about documents: those that are sent in, and the list of everything that is known."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.db.database import Database
from app.services.rag.documents.incoming import Incoming, Picture
from app.services.rag.progress import Visibility
from app.services.rag.scope import SeenSources

SOURCES: Mapping[Visibility, str] = {"shared": "documents", "private": "private-documents"}
"""The names of the sources of documents: one that is shared, and one for each owner of private ones. Numbered where a
directory has the name already."""

INGEST_KEY = 0x72616769
"""The advisory lock of whoever records documents (the bytes of "ragi"): who owns a new name is decided by one at a
time. Workers never take it, so it cannot be part of a deadlock."""


@dataclass(frozen=True, slots=True)
class Known:
    """A document as it is: its owner, what is kept of it, and how far its file is; `picture` is a hash."""

    hash: bytes | None
    picture: bytes | None
    state: str
    owner_id: UUID | None
    title: str | None
    metadata: Mapping[str, Any]


async def lock(session: AsyncSession) -> None:
    """Wait until nobody else records documents; held to the end of the transaction."""
    await session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": INGEST_KEY})


async def ensure_source(session: AsyncSession, visibility: Visibility, owner_id: UUID) -> int:
    """Return the id of the source of shared documents, or of the private ones of an owner; make it if there is none.

    The lock must be held.
    """
    values = {"visibility": visibility, "owner": None if visibility == "shared" else owner_id}
    found = await session.scalar(
        text(
            "SELECT id FROM sources WHERE path IS NULL AND visibility = :visibility "
            "AND owner_id IS NOT DISTINCT FROM CAST(:owner AS uuid) ORDER BY id LIMIT 1"
        ),
        values,
    )
    name, numbers = SOURCES[visibility], count(1)
    while found is None:
        number = next(numbers)
        found = await session.scalar(
            text(
                "INSERT INTO sources (name, watch, owner_id, visibility) "
                "VALUES (:name, false, CAST(:owner AS uuid), :visibility) ON CONFLICT DO NOTHING RETURNING id"
            ),
            {**values, "name": name if number == 1 else f"{name}-{number}"},
        )
    return int(found)


async def known(session: AsyncSession, source_id: int, paths: Collection[str]) -> dict[str, Known]:
    """Return what is known of these paths, with their files locked in the order in which everybody locks them."""
    rows = await session.execute(
        text(
            "SELECT f.path, f.hash, p.hash AS picture, f.state, d.owner_id, d.title, "
            "CAST(d.metadata AS text) AS metadata FROM files f JOIN documents d ON d.file_id = f.id "
            "LEFT JOIN pictures p ON p.file_id = f.id WHERE f.source_id = :source AND f.path = ANY(:paths) "
            "ORDER BY f.source_id, f.path FOR UPDATE OF f"
        ),
        {"source": source_id, "paths": list(paths)},
    )
    return {r.path: Known(r.hash, r.picture, r.state, r.owner_id, r.title, orjson.loads(r.metadata)) for r in rows}


async def keep(session: AsyncSession, source_id: int, owner_id: UUID, items: Sequence[Incoming]) -> dict[str, int]:
    """Write title, metadata and picture of files that are recorded already; return the id of each by its path.

    Who sent a document first stays its owner.
    """
    rows = await session.execute(
        text(
            "INSERT INTO documents AS d (file_id, owner_id, title, metadata, picture) "
            "SELECT f.id, :owner, i.title, CAST(i.metadata AS jsonb), i.picture FROM unnest(CAST(:paths AS text[]), "
            "CAST(:titles AS text[]), CAST(:metadata AS text[]), CAST(:pictures AS bytea[])) "
            "AS i(path, title, metadata, picture) JOIN files f ON f.source_id = :source AND f.path = i.path "
            "ON CONFLICT (file_id) DO UPDATE SET title = excluded.title, metadata = excluded.metadata, "
            "picture = excluded.picture "
            "RETURNING file_id, (SELECT path FROM files WHERE id = file_id) AS path"
        ),
        {
            "owner": owner_id,
            "source": source_id,
            "paths": [item.path for item in items],
            "titles": [item.title for item in items],
            "metadata": [item.metadata.decode() for item in items],
            "pictures": [item.picture.hash if item.picture and item.picture.described else None for item in items],
        },
    )
    ids = {row.path: row.file_id for row in rows}
    await keep_pictures(session, {ids[item.path]: item.picture for item in items})
    return ids


async def keep_pictures(session: AsyncSession, pictures: Mapping[int, Picture | None]) -> None:
    """Keep the picture of each of these files; one that has none any more loses it."""
    kept = {file_id: picture for file_id, picture in pictures.items() if picture is not None}
    gone = {"ids": [file_id for file_id in pictures if file_id not in kept]}
    await session.execute(text("DELETE FROM pictures WHERE file_id = ANY(CAST(:ids AS bigint[]))"), gone)
    for file_id, picture in kept.items():
        await session.execute(
            text(
                "INSERT INTO pictures (file_id, hash, content) VALUES (:id, :hash, :content) "
                "ON CONFLICT (file_id) DO UPDATE SET hash = excluded.hash, content = excluded.content"
            ),
            {"id": file_id, "hash": picture.hash, "content": picture.content},
        )


async def caption(connection: AsyncConnection, picture: bytes, seen: SeenSources) -> str | None:
    """Return what was written last of the picture with this hash, under whatever name it was sent in."""
    found = await connection.scalar(
        text(
            "SELECT t.text FROM documents d JOIN files f ON f.id = d.file_id JOIN file_texts t ON t.file_id = f.id "
            "WHERE d.picture = :picture AND f.source_id = ANY(:sources) ORDER BY f.changed_at DESC LIMIT 1"
        ),
        {"picture": picture, "sources": list(seen)},
    )
    return None if found is None else str(found)


async def index_again(session: AsyncSession, file_ids: Collection[int]) -> None:
    """Put files back to work although nothing changed; their chunks answer meanwhile."""
    await session.execute(
        text(
            "UPDATE files SET state = 'pending', attempts = 0, retry_at = NULL, changed_at = now() "
            "WHERE id = ANY(:ids) AND state = 'indexed'"
        ),
        {"ids": list(file_ids)},
    )


async def delete(session: AsyncSession, file_id: int) -> None:
    """Delete a document with everything that is indexed of it; nothing stays on the shelf, as it may be private."""
    await session.execute(
        text(
            "DELETE FROM shelved_files s USING files f "
            "WHERE f.id = :id AND s.source_id = f.source_id AND s.path = f.path"
        ),
        {"id": file_id},
    )
    await session.execute(text("DELETE FROM files WHERE id = :id"), {"id": file_id})


async def states(session: AsyncSession, file_ids: Collection[int]) -> dict[int, tuple[str, str | None, bytes]]:
    """Return state, reason and hash of these files; one that was deleted is missing."""
    rows = await session.execute(
        text("SELECT id, state, reason, hash FROM files WHERE id = ANY(:ids)"), {"ids": list(file_ids)}
    )
    return {row.id: (row.state, row.reason, row.hash) for row in rows}


async def standing(session: AsyncSession, source_id: int | None) -> tuple[int, bool]:
    """Return the generation of a source, and whether it is paused; 0 and False where there is none."""
    found = await session.execute(text("SELECT generation, paused FROM sources WHERE id = :id"), {"id": source_id})
    row = found.one_or_none()
    return (0, False) if row is None else (row.generation, row.paused)


SHOWN = (
    "SELECT f.id, s.name AS source, s.visibility, s.path IS NULL AS sent_in, f.source_id, f.path, d.owner_id, d.title, "
    "coalesce(CAST(d.metadata AS text), '{}') AS metadata, f.state, f.reason, f.size, f.chunks, f.changed_at, "
    "f.indexed_at FROM files f JOIN sources s ON s.id = f.source_id LEFT JOIN documents d ON d.file_id = f.id "
)


def shown(row: Mapping[Any, Any]) -> dict[str, Any]:
    """Return a row of `SHOWN` with its metadata read."""
    return {**row, "metadata": orjson.loads(row["metadata"])}


async def listed(
    connection: AsyncConnection, source_ids: SeenSources, limit: int, offset: int
) -> tuple[int, list[dict[str, Any]]]:
    """Return how many documents these sources have, and a part of them ordered by source and path."""
    values = {"sources": list(source_ids), "limit": limit, "offset": offset}
    total = await connection.scalar(text("SELECT count(*) FROM files WHERE source_id = ANY(:sources)"), values)
    page = SHOWN + "WHERE f.source_id = ANY(:sources) ORDER BY f.source_id, f.path LIMIT :limit OFFSET :offset"
    return total or 0, [shown(row) for row in (await connection.execute(text(page), values)).mappings()]


async def one(connection: AsyncConnection, file_id: int, seen: SeenSources) -> dict[str, Any] | None:
    """Return a document of these sources with its text, which is None where the file could not be read."""
    asked = text(SHOWN + "WHERE f.id = :id AND f.source_id = ANY(:sources)")
    row = (await connection.execute(asked, {"id": file_id, "sources": list(seen)})).mappings().one_or_none()
    if row is None:
        return None
    content = await connection.scalar(text("SELECT text FROM file_texts WHERE file_id = :id"), {"id": file_id})
    return {**shown(row), "text": content}


async def about(database: Database, chunk_ids: Collection[int]) -> dict[int, dict[str, Any]]:
    """Return the metadata, and the title among it, of the documents these chunks are of."""
    rows = await database.fetch(
        "SELECT c.id, d.title, CAST(d.metadata AS text) FROM chunks c JOIN documents d ON d.file_id = c.file_id "
        "WHERE c.id = ANY(CAST(:ids AS bigint[]))",
        {"ids": list(chunk_ids)},
    )
    return {
        chunk_id: {**orjson.loads(metadata), **({} if title is None else {"title": title})}
        for chunk_id, title, metadata in rows
    }
