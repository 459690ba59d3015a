"""Queries of a worker: files are claimed under a lease and replaced whole in one transaction."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.bulk import copy_binary, copy_rows
from app.services.rag.chunking import Chunk
from app.services.rag.indexing import shelf_repository as shelf
from app.services.rag.indexing.reading import content_hash
from app.services.rag.indexing.rows import term_rows, vector_rows
from app.services.rag.lexical import tokens

CHUNK_COLUMNS = (
    *("id", "file_id", "source_id", "hash", "key", "start_line", "end_line", "symbol", "kind", "language"),
    *("modality", "defines", "text"),
)
SYMBOL_COLUMNS = (*("file_id", "source_id", "name", "folded", "qualified", "kind", "line", "end_line", "parts"),)
LEASE_SECONDS = 60
ATTEMPTS = 5
"""After so many claims without an end the file is parked: it ends whoever works on it."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A file to index: its text as the scanner stored it, and the hash that the text must still have.

    `changed_at` is when it was noticed to have changed.
    """

    file_id: int
    source_id: int
    path: str
    hash: bytes
    indexed_before: bool
    changed_at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Indexed:
    """A claim with everything that replaces the file's part of the index.

    `keys` has the embedding key of each chunk, `vectors` a row of unit length; `terms` maps term ids to BM25 weights.
    """

    claim: Claim
    chunks: Sequence[Chunk]
    modality: str
    keys: Sequence[bytes]
    vectors: NDArray[np.float32]
    terms: Sequence[dict[int, float]]


CLAIM = f"""
WITH next AS (
    SELECT id FROM files
    WHERE state = 'pending' AND source_id NOT IN (SELECT id FROM sources WHERE paused)
      AND (lease_until IS NULL OR lease_until < now())
      AND (retry_at IS NULL OR retry_at <= now()) AND (attempts = 0) = :fresh
      AND changed_at > CAST(:after AS timestamptz)
    ORDER BY changed_at DESC LIMIT :most FOR UPDATE SKIP LOCKED
), taken AS (
    UPDATE files f SET lease_owner = :owner, lease_until = now() + interval '{LEASE_SECONDS} s', attempts = attempts + 1
    FROM next WHERE f.id = next.id
    RETURNING f.id
)
SELECT id FROM taken
"""

CLAIMED = """
SELECT f.id, f.source_id, f.path, f.hash, f.indexed_hash IS NOT NULL AS indexed_before, f.changed_at, t.text
FROM files f JOIN file_texts t ON t.file_id = f.id WHERE f.id = ANY(:ids)
"""
"""A statement of its own, so that it sees what is true now that the rows are locked: CLAIM may lock a row that changed
after it began, and would pair the new hash with the old text."""

PARK = f"""
UPDATE files SET state = 'failed', lease_owner = NULL, lease_until = NULL,
    reason = 'given up after {ATTEMPTS} attempts: whoever indexed it ended before it was done'
WHERE state = 'pending' AND attempts >= {ATTEMPTS} AND (lease_until IS NULL OR lease_until < now())
"""


LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


async def claim(session: AsyncSession, owner: str, most: int) -> list[Claim]:
    """Take up to `most` pending files, the newest change first.

    A file that was claimed before without an end is taken alone: if it ends its worker, it takes no other along.
    """
    await park(session)
    first = await _take(session, owner, most, fresh=True, after=LONG_AGO)
    return first or await _take(session, owner, 1, fresh=False, after=LONG_AGO)


async def claim_newer(session: AsyncSession, owner: str, most: int, after: datetime) -> list[Claim]:
    """Take up to `most` files that changed after that moment and were never claimed since, the newest first."""
    return await _take(session, owner, most, fresh=True, after=after)


async def _take(session: AsyncSession, owner: str, most: int, *, fresh: bool, after: datetime) -> list[Claim]:
    values = {"owner": owner, "most": most, "fresh": fresh, "after": after}
    ids = (await session.scalars(text(CLAIM), values)).all()
    rows = await session.execute(text(CLAIMED), {"ids": ids}) if ids else ()
    return [Claim(r.id, r.source_id, r.path, r.hash, r.indexed_before, r.changed_at, r.text) for r in rows]


async def park(session: AsyncSession) -> None:
    """Give up files that were claimed too often without an end."""
    await session.execute(text(PARK))


async def hold(session: AsyncSession, owner: str, file_ids: Sequence[int]) -> None:
    """Renew the lease of claimed files: whoever claimed them still works on them."""
    await session.execute(
        text(
            f"UPDATE files SET lease_until = now() + interval '{LEASE_SECONDS} s' WHERE id IN (SELECT id FROM files "
            "WHERE id = ANY(:ids) AND lease_owner = :owner ORDER BY source_id, path FOR UPDATE SKIP LOCKED)"
        ),
        {"ids": list(file_ids), "owner": owner},
    )


async def release(session: AsyncSession, owner_prefix: str) -> None:
    """Give back what an earlier worker of this name still held: it is known to have ended."""
    await session.execute(
        text(
            "UPDATE files SET lease_owner = NULL, lease_until = NULL "
            "WHERE lease_owner IS NOT NULL AND starts_with(lease_owner, :prefix)"
        ),
        {"prefix": owner_prefix},
    )


async def still_ours(session: AsyncSession, owner: str, claims: Sequence[Claim]) -> set[int]:
    """Lock the claimed files that nobody changed or took meanwhile, and return their ids."""
    rows = await session.execute(
        text(
            "SELECT id, hash FROM files WHERE id = ANY(:ids) AND lease_owner = :owner AND state = 'pending' "
            "ORDER BY source_id, path FOR UPDATE"
        ),
        {"ids": [item.file_id for item in claims], "owner": owner},
    )
    current = {row.id: row.hash for row in rows}
    return {item.file_id for item in claims if current.get(item.file_id) == item.hash}


async def replace(session: AsyncSession, done: Sequence[Indexed], chunker: str, model: str) -> None:
    """Replace the chunks of each file, on both legs, and mark it indexed; the manifest row is written last."""
    await _clear(session, [item.claim for item in done])
    await _insert(session, done)
    counts = {item.claim.file_id: len(item.chunks) for item in done}
    await _mark_indexed(session, counts, chunker, model)


async def restore(session: AsyncSession, claims: Sequence[Claim], chunker: str, model: str) -> dict[int, int]:
    """Index files whose content was indexed before from the shelf; return the number of chunks of each.

    The rows of the files are locked by `still_ours`.
    """
    kept = set(await shelf.on_shelf(session, [item.file_id for item in claims], chunker, model))
    if not kept:
        return {}
    await _clear(session, [item for item in claims if item.file_id in kept])
    counts = await shelf.take(session, sorted(kept))
    await _mark_indexed(session, counts, chunker, model)
    return counts


async def _clear(session: AsyncSession, claims: Sequence[Claim]) -> None:
    """Put what is indexed of these files on the shelf."""
    old = [item.file_id for item in claims if item.indexed_before]
    if old:
        await shelf.shelve(session, old)
        await session.execute(text("DELETE FROM chunks WHERE file_id = ANY(:ids)"), {"ids": old})
        await session.execute(text("DELETE FROM symbols WHERE file_id = ANY(:ids)"), {"ids": old})


async def _mark_indexed(session: AsyncSession, chunks: Mapping[int, int], chunker: str, model: str) -> None:
    await session.execute(
        text(
            "UPDATE files f SET state = 'indexed', reason = NULL, indexed_hash = f.hash, indexed_at = now(), "
            "chunks = d.chunks, chunker = :chunker, model = :model, attempts = 0, retry_at = NULL, "
            "lease_owner = NULL, lease_until = NULL "
            "FROM unnest(CAST(:ids AS bigint[]), CAST(:counts AS int[])) AS d(id, chunks) WHERE f.id = d.id"
        ),
        {
            "ids": list(chunks),
            "counts": list(chunks.values()),
            "chunker": chunker,
            "model": model,
        },
    )


async def _insert(session: AsyncSession, done: Sequence[Indexed]) -> None:
    total = sum(len(item.chunks) for item in done)
    drawn = await session.scalars(
        text("SELECT nextval(pg_get_serial_sequence('chunks', 'id')) FROM generate_series(1, :total)"),
        {"total": total},
    )
    ids = drawn.all()
    rest = iter(ids)
    chunks, sources = [], []
    for item in done:
        for chunk, key in zip(item.chunks, item.keys, strict=True):
            place = (chunk.start_line, chunk.end_line, chunk.symbol, chunk.kind, chunk.language, item.modality)
            head = (next(rest), item.claim.file_id, item.claim.source_id, content_hash(chunk.text.encode()), key)
            chunks.append((*head, *place, list(chunk.defines), chunk.text))
            sources.append(item.claim.source_id)
    await copy_rows(session, "chunks", CHUNK_COLUMNS, chunks)
    vectors = vector_rows(ids, sources, np.concatenate([item.vectors for item in done]))
    await copy_binary(session, "chunk_vectors", ("chunk_id", "source_id", "embedding"), vectors)
    terms = term_rows(ids, sources, (weights for item in done for weights in item.terms))
    await copy_binary(session, "chunk_terms", ("chunk_id", "source_id", "terms", "weights"), terms)
    await copy_rows(session, "symbols", SYMBOL_COLUMNS, symbol_rows(done))


def symbol_rows(done: Sequence[Indexed]) -> Iterator[tuple[object, ...]]:
    """Yield the rows of `symbols`."""
    for item in done:
        for symbol in (symbol for chunk in item.chunks for symbol in chunk.symbols):
            parts = list(dict.fromkeys(tokens(symbol.name)))
            name = (symbol.name, symbol.name.lower(), symbol.qualified)
            yield (item.claim.file_id, item.claim.source_id, *name, symbol.kind, symbol.line, symbol.end_line, parts)


async def fail(session: AsyncSession, owner: str, file_id: int, reason: str, retry_in_s: float | None) -> None:
    """Note why a claimed file could not be indexed; without `retry_in_s` it is parked."""
    await session.execute(
        text(
            "UPDATE files SET reason = :reason, lease_owner = NULL, lease_until = NULL, "
            "state = CASE WHEN CAST(:retry AS float8) IS NULL THEN 'failed' ELSE 'pending' END, "
            "retry_at = now() + make_interval(secs => CAST(:retry AS float8)) "
            "WHERE id = :id AND lease_owner = :owner"
        ),
        {"reason": reason, "retry": retry_in_s, "id": file_id, "owner": owner},
    )


async def outdated(session: AsyncSession, chunker: str, model: str) -> int:
    """Put files back to work that an older chunker or model indexed; their old chunks answer meanwhile."""
    result = await session.execute(
        text(
            "UPDATE files SET state = 'pending', attempts = 0, retry_at = NULL "
            "WHERE state = 'indexed' AND (chunker, model) IS DISTINCT FROM (:chunker, :model)"
        ),
        {"chunker": chunker, "model": model},
    )
    return int(getattr(result, "rowcount", 0))
