"""Queries that steer indexing: pause, what failed, and what is to be done again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.database import Database
from app.services.rag.scope import SeenSources


@dataclass(frozen=True, slots=True)
class Failure:
    """A file that is not indexed, and why; `parked` when a worker gave up on it, not when its content is refused."""

    id: int
    source: str
    path: str
    size: int
    reason: str
    attempts: int
    parked: bool
    changed_at: datetime


async def pause(session: AsyncSession, source_ids: Sequence[int], *, paused: bool) -> None:
    """Keep workers from the files of these sources, or let them go on."""
    await session.execute(
        text("UPDATE sources SET paused = :paused WHERE id = ANY(CAST(:sources AS int[]))"),
        {"sources": list(source_ids), "paused": paused},
    )


async def failures(database: Database, source_ids: SeenSources, limit: int, offset: int) -> tuple[list[Failure], int]:
    """Return files that are not indexed, by source and path, and how many there are."""
    values: dict[str, object] = {"sources": list(source_ids)}
    failed = (
        "FROM files f JOIN sources s ON s.id = f.source_id WHERE f.state = 'failed' AND f.source_id = ANY(:sources)"
    )
    rows = await database.fetch(
        "SELECT f.id, s.name, f.path, f.size, coalesce(f.reason, ''), f.attempts, f.hash IS NOT NULL, f.changed_at "
        f"{failed} ORDER BY s.name, f.path LIMIT :limit OFFSET :offset",
        {**values, "limit": limit, "offset": offset},
    )
    ((total,),) = await database.fetch(f"SELECT count(*) {failed}", values)
    return [Failure(*row) for row in rows], int(total)


async def requeue(session: AsyncSession, source_ids: Sequence[int], ids: Sequence[int] | None) -> list[int]:
    """Give files that failed another chance; return the sources of those that must be read again for it.

    A file that a worker parked is pending again; one whose content was refused is read again by the next scan.
    """
    rows = await session.execute(
        text(
            "UPDATE files SET attempts = 0, retry_at = NULL, "
            "state = CASE WHEN hash IS NULL THEN state ELSE 'pending' END, "
            "mtime_ns = CASE WHEN hash IS NULL THEN -1 ELSE mtime_ns END WHERE id IN (SELECT id FROM files "
            "WHERE state = 'failed' AND source_id = ANY(CAST(:sources AS int[])) "
            "AND (CAST(:ids AS bigint[]) IS NULL OR id = ANY(CAST(:ids AS bigint[]))) "
            "ORDER BY source_id, path FOR UPDATE) RETURNING source_id"
        ),
        {"sources": list(source_ids), "ids": None if ids is None else list(ids)},
    )
    return [row.source_id for row in rows]


async def index_again(session: AsyncSession, source_ids: Sequence[int]) -> None:
    """Let everything be chunked and embedded anew; what is indexed now answers until then."""
    sources = {"sources": list(source_ids)}
    await session.execute(text("DELETE FROM shelved_files WHERE source_id = ANY(CAST(:sources AS int[]))"), sources)
    await session.execute(
        text(
            "UPDATE files SET state = 'pending', attempts = 0, retry_at = NULL, mtime_ns = -1 WHERE id IN (SELECT id "
            "FROM files WHERE source_id = ANY(CAST(:sources AS int[])) AND hash IS NOT NULL "
            "ORDER BY source_id, path FOR UPDATE)"
        ),
        sources,
    )
