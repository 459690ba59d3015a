"""Queries of the scanner: the manifest of a source, brought to what is on disk."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.db.bulk import copy_rows
from app.services.rag.indexing import shelf_repository as shelf
from app.services.rag.indexing.checkout import Checkout
from app.services.rag.indexing.reading import Reading
from app.services.rag.indexing.walk import OnDisk


@dataclass(frozen=True, slots=True)
class WatchedSource:
    """A source with a directory, and the number of the newest scan that somebody waits for.

    One that is not to be watched is scanned at the start and on request only.
    """

    id: int
    name: str
    path: str
    include: list[str]
    exclude: list[str]
    watch: bool
    scan_requested: int


async def watched_sources(connection: AsyncConnection) -> list[WatchedSource]:
    """Return every source that has a directory to keep in step with."""
    rows = await connection.execute(
        text("SELECT id, name, path, include, exclude, watch, scan_requested FROM sources WHERE path IS NOT NULL")
    )
    return [WatchedSource(*row) for row in rows]


async def ensure_source(session: AsyncSession, name: str, path: str) -> int:
    """Return the id of the shared source at `path`; make it, as `name` or a numbered variant, where there is none."""
    shared = "SELECT id FROM sources WHERE visibility = 'shared' AND path = :path"
    found = await session.scalar(text(shared), {"path": path})
    if found is not None:
        return int(found)
    taken = set(await session.scalars(text("SELECT name FROM sources WHERE visibility = 'shared'")))
    free = next(
        candidate for n in range(len(taken) + 1) if (candidate := f"{name}-{n + 1}" if n else name) not in taken
    )
    made = await session.scalar(
        text("INSERT INTO sources (name, path) VALUES (:name, :path) RETURNING id"),
        {"name": free, "path": path},
    )
    return int(made or 0)


async def known_files(connection: AsyncConnection, source_id: int, below: str = "") -> dict[str, OnDisk]:
    """Return what the manifest says of each file of the source, or of those at or below a path."""
    condition = "" if not below else " AND (path = :below OR starts_with(path, :inside))"
    rows = await connection.execute(
        text(f"SELECT path, size, mtime_ns FROM files WHERE source_id = :source{condition}"),
        {"source": source_id, "below": below, "inside": f"{below}/"} if below else {"source": source_id},
    )
    return {path: OnDisk(size, mtime_ns) for path, size, mtime_ns in rows}


INCOMING = """
CREATE TEMP TABLE IF NOT EXISTS incoming (
    path text, size bigint, mtime_ns bigint, hash bytea, reason text, content text, signature bytea
) ON COMMIT DELETE ROWS
"""

UPSERT = """
INSERT INTO files AS f (source_id, path, size, mtime_ns, hash, state, reason, changed_at)
SELECT :source, path, size, mtime_ns, hash, CASE WHEN reason IS NULL THEN 'pending' ELSE 'failed' END, reason,
    CAST(:noticed AS timestamptz)
FROM incoming ORDER BY path
ON CONFLICT (source_id, path) DO UPDATE SET
    size = excluded.size, mtime_ns = excluded.mtime_ns, hash = excluded.hash, reason = excluded.reason,
    state = CASE WHEN excluded.hash = f.indexed_hash THEN 'indexed' ELSE excluded.state END,
    attempts = 0, retry_at = NULL, lease_owner = NULL, lease_until = NULL,
    changed_at = CASE WHEN excluded.hash = f.hash THEN f.changed_at ELSE excluded.changed_at END
WHERE f.hash IS DISTINCT FROM excluded.hash OR f.reason IS DISTINCT FROM excluded.reason
RETURNING f.state
"""

REFRESH = """
UPDATE files f SET size = i.size, mtime_ns = i.mtime_ns FROM incoming i
WHERE f.source_id = :source AND f.path = i.path AND (f.size, f.mtime_ns) IS DISTINCT FROM (i.size, i.mtime_ns)
"""

TEXTS = """
INSERT INTO file_texts AS t (file_id, text, signature)
SELECT f.id, i.content, i.signature FROM incoming i JOIN files f ON f.source_id = :source AND f.path = i.path
WHERE i.content IS NOT NULL ORDER BY f.id
ON CONFLICT (file_id) DO UPDATE SET text = excluded.text, signature = excluded.signature
WHERE t.text IS DISTINCT FROM excluded.text
"""

EMPTIED = """
DELETE FROM chunks WHERE file_id IN (
    SELECT f.id FROM incoming i JOIN files f ON f.source_id = :source AND f.path = i.path
    WHERE i.reason IS NOT NULL AND f.indexed_hash IS NOT NULL)
"""

NAMELESS = EMPTIED.replace("DELETE FROM chunks", "DELETE FROM symbols")

UNINDEXED = """
UPDATE files f SET indexed_hash = NULL, chunks = 0 FROM incoming i
WHERE f.source_id = :source AND f.path = i.path AND i.reason IS NOT NULL AND f.indexed_hash IS NOT NULL
"""


async def database_time(connection: AsyncConnection | AsyncSession) -> datetime:
    """Return what the clock of the database says."""
    told: datetime = (await connection.execute(text("SELECT clock_timestamp()"))).scalar_one()
    return told


async def record(session: AsyncSession, source_id: int, readings: Sequence[Reading], noticed: datetime) -> bool:
    """Write what was read into the manifest; return whether answers change by it.

    New and changed content becomes pending; a file that cannot be indexed any more loses its chunks. Content that is
    indexed already (a branch switched back) needs no work, but what was to be indexed in its place may have been found
    by syntax search, which reads the texts.

    Args:
        session: The transaction.
        source_id: The source.
        readings: What was read.
        noticed: When the look began, by the clock of the database. All that one look finds is equally new: a file that
            is saved while a change of branch is read is newer than all of it, and so indexed before.
    """
    columns = ("path", "size", "mtime_ns", "hash", "reason", "content", "signature")
    await session.execute(text(INCOMING))
    rows = [(r.path, r.size, r.mtime_ns, r.hash, r.reason, r.text, r.signature) for r in readings]
    await copy_rows(session, "incoming", columns, rows)
    source: dict[str, object] = {"source": source_id}
    switched_back = "indexed" in set(await session.scalars(text(UPSERT), source | {"noticed": noticed}))
    await session.execute(text(REFRESH), source)
    await session.execute(text(TEXTS), source)
    if all(reading.reason is None for reading in readings):
        return switched_back
    await session.execute(text(EMPTIED), source)
    await session.execute(text(NAMELESS), source)
    gone = await session.execute(text(UNINDEXED), source)
    return switched_back or bool(getattr(gone, "rowcount", 0))


async def remove(session: AsyncSession, source_id: int, paths: Collection[str], excluded: Collection[str] = ()) -> None:
    """Delete files that are gone from disk, with their chunks; these are kept on the shelf, should the files return.

    Args:
        session: The transaction.
        source_id: The source.
        paths: What to delete.
        excluded: Those of them that are there, and were excluded by somebody: nothing is kept of them.
    """
    gone = await session.scalars(
        text("SELECT id FROM files WHERE source_id = :source AND path = ANY(:paths) ORDER BY path FOR UPDATE"),
        {"source": source_id, "paths": list(paths)},
    )
    ids = list(gone.all())
    await shelf.shelve(session, ids)
    await shelf.forget(session, source_id, excluded)
    await session.execute(text("DELETE FROM files WHERE id = ANY(:ids)"), {"ids": ids})


async def next_generation(session: AsyncSession, source_id: int, *, embedded: int = 0, reused: int = 0) -> int:
    """Count one more change of the source's index, as the last statement of the transaction that made it.

    Args:
        session: The transaction.
        source_id: The source.
        embedded: Chunks that were embedded for the change.
        reused: Chunks that came back from the shelf.
    """
    generation = await session.scalar(
        text(
            "UPDATE sources SET generation = generation + 1, embedded = embedded + :embedded, "
            "reused = reused + :reused WHERE id = :source RETURNING generation"
        ),
        {"source": source_id, "embedded": embedded, "reused": reused},
    )
    return int(generation or 0)


async def scan_began(session: AsyncSession, source_id: int) -> None:
    """Note that the source is being looked at."""
    await session.execute(text("UPDATE sources SET scanning = true WHERE id = :source"), {"source": source_id})


async def scan_ended(session: AsyncSession, source_id: int, number: int, problem: str | None) -> None:
    """Note that a scan which began after request `number` is over, and what could not be looked at."""
    await session.execute(
        text(
            "UPDATE sources SET scanning = false, problem = :problem, "
            "scan_finished = greatest(scan_finished, :number) WHERE id = :source"
        ),
        {"source": source_id, "number": number, "problem": problem},
    )


async def checked_out(session: AsyncSession, source_id: int, checkout: Checkout) -> None:
    """Note which branch and commit the directory of a source holds."""
    await session.execute(
        text("UPDATE sources SET branch = :branch, commit = :commit WHERE id = :source"),
        {"source": source_id, "branch": checkout.branch, "commit": checkout.commit},
    )


async def begin_anew(session: AsyncSession) -> None:
    """Ask for a scan of every source and give files that workers parked another chance.

    Every start does this: the disk may have changed meanwhile, and the cause of a failure may be mended.
    Workers elsewhere may be writing: rows are locked in their order, files before sources.
    """
    await session.execute(
        text(
            "UPDATE files SET state = 'pending', attempts = 0, retry_at = NULL "
            "WHERE id IN (SELECT id FROM files WHERE hash IS NOT NULL AND (state = 'failed' OR attempts > 0) "
            "ORDER BY source_id, path FOR UPDATE)"
        )
    )
    await request_scans(session)


async def request_scans(session: AsyncSession) -> None:
    """Ask for a scan of every source."""
    await session.execute(
        text(
            "UPDATE sources SET scan_requested = scan_requested + 1 "
            "WHERE id IN (SELECT id FROM sources ORDER BY id FOR NO KEY UPDATE)"
        )
    )
