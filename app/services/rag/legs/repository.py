"""Queries of the extra legs. The vectors of each are in a table of its own, named for the number of its row."""

from collections.abc import Sequence
from dataclasses import dataclass

from pgvector import HalfVector
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.services.rag.legs.backends import Vectors
from app.services.rag.legs.settings import IMAGES, LegSettings
from app.services.rag.scope import SeenSources
from app.services.rag.vector_repository import VectorTable, statement, table_of_leg

LEGS_LOCK = 0x6C656773
"""Advisory lock (the bytes of "legs"): two processes must not make the table of one leg at once."""

TOLERATED_SHARE = 0.1
"""A leg that was complete for a source stays in use while so much of it is new: a save must not switch it off and on,
a new branch that is mostly different does."""

UNWANTED_DAYS = 7
"""After so long without being configured a leg's table is dropped; until then it can come back without work."""


@dataclass(frozen=True, slots=True)
class Leg:
    """A leg's row: its table holds vectors for chunks of these modalities, or for pictures."""

    id: int
    modalities: tuple[str, ...]

    @property
    def sees(self) -> bool:
        """Whether it embeds pictures."""
        return IMAGES in self.modalities

    @property
    def table(self) -> VectorTable:
        """Where its vectors are."""
        return table_of_leg(self.id, sees=self.sees)

    @property
    def items(self) -> str:
        """The SQL of what it is for: `source_id` and `key` of each chunk, or of each picture."""
        if self.sees:
            return (
                "SELECT f.source_id, p.hash AS key FROM pictures p JOIN files f ON f.id = p.file_id "
                f"WHERE '{IMAGES}' = ANY(:modalities)"
            )
        return "SELECT source_id, key FROM chunks WHERE modality = ANY(:modalities)"


@dataclass(frozen=True, slots=True)
class Missing:
    """A chunk that a leg has no vector of."""

    key: bytes
    path: str
    symbol: str | None
    text: str


@dataclass(frozen=True, slots=True)
class MissingPicture:
    """A picture that a leg has no vector of."""

    key: bytes
    path: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Coverage:
    """How far a leg is with the chunks, or pictures, of a source; `version` counts the changes of its vectors there."""

    source_id: int
    chunks: int
    missing: int
    complete: bool
    version: int


@dataclass(frozen=True, slots=True)
class LegState:
    """A leg as the database knows it; without a dimension its model was never reached."""

    id: int
    name: str
    dimension: int | None
    problem: str | None
    coverage: dict[int, Coverage]


async def register(session: AsyncSession, legs: Sequence[LegSettings]) -> None:
    """Note that these legs are configured, and drop those that have not been for a week."""
    await session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LEGS_LOCK})
    for leg in legs:
        await session.execute(
            text(
                "INSERT INTO legs (name, modalities) VALUES (:name, :modalities) ON CONFLICT (name) "
                "DO UPDATE SET modalities = excluded.modalities, wanted_at = now()"
            ),
            {"name": leg.name, "modalities": list(leg.modalities)},
        )
    gone = await session.scalars(
        text("DELETE FROM legs WHERE wanted_at < now() - make_interval(days => :days) RETURNING id"),
        {"days": UNWANTED_DAYS},
    )
    for leg_id in gone.all():
        await session.execute(statement(f"DROP TABLE IF EXISTS {table_of_leg(leg_id).name}"))


async def ensure_table(session: AsyncSession, settings: LegSettings, dimension: int) -> Leg:
    """Return the registered leg with its table; one whose model has another dimension now begins anew."""
    await session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LEGS_LOCK})
    changed = await session.scalar(
        text("DELETE FROM legs WHERE name = :name AND dimension <> :dimension RETURNING id"),
        {"name": settings.name, "dimension": dimension},
    )
    if changed is not None:
        await session.execute(statement(f"DROP TABLE IF EXISTS {table_of_leg(changed).name}"))
    leg_id = await session.scalar(
        text(
            "INSERT INTO legs (name, dimension, modalities) VALUES (:name, :dimension, :modalities) "
            "ON CONFLICT (name) DO UPDATE SET dimension = :dimension, modalities = :modalities, wanted_at = now() "
            "RETURNING id"
        ),
        {"name": settings.name, "dimension": dimension, "modalities": list(settings.modalities)},
    )
    leg = Leg(int(leg_id or 0), settings.modalities)
    await session.execute(
        statement(
            f"CREATE TABLE IF NOT EXISTS {leg.table.name} (key bytea PRIMARY KEY, embedding halfvec({dimension:d}))"
        )
    )
    return leg


async def missing(connection: AsyncConnection, leg: Leg, limit: int) -> list[Missing]:
    """Return chunks that the leg has no vector of, the newest first; of equal ones, one."""
    sql = (
        "SELECT c.key, f.path, c.symbol, c.text FROM chunks c JOIN files f ON f.id = c.file_id "
        "WHERE c.modality = ANY(:modalities) AND NOT EXISTS "
        f"(SELECT 1 FROM {leg.table.name} v WHERE v.key = c.key) ORDER BY c.id DESC LIMIT :limit"
    )
    rows = await connection.execute(statement(sql), {"modalities": list(leg.modalities), "limit": limit})
    return list({row.key: Missing(row.key, row.path, row.symbol, row.text) for row in rows}.values())


async def missing_pictures(connection: AsyncConnection, leg: Leg, limit: int) -> list[MissingPicture]:
    """Return pictures that the leg has no vector of, the newest first; of equal ones, one."""
    sql = (
        "SELECT p.hash, f.path, p.content FROM pictures p JOIN files f ON f.id = p.file_id WHERE NOT EXISTS "
        f"(SELECT 1 FROM {leg.table.name} v WHERE v.key = p.hash) ORDER BY p.file_id DESC LIMIT :limit"
    )
    rows = await connection.execute(statement(sql), {"limit": limit})
    return list({row.hash: MissingPicture(row.hash, row.path, row.content) for row in rows}.values())


async def add(session: AsyncSession, leg: Leg, keys: Sequence[bytes], vectors: Vectors | None) -> list[int]:
    """Keep vectors; without any, note that the backend refuses these texts, so that it is not asked again.

    Returns:
        The sources about which the leg answers already, and answers differently now.
    """
    given = [None] * len(keys) if vectors is None else [HalfVector(row).to_text() for row in vectors]
    await session.execute(
        statement(
            f"INSERT INTO {leg.table.name} (key, embedding) SELECT key, CAST(vector AS halfvec) "
            "FROM unnest(CAST(:keys AS bytea[]), CAST(:vectors AS text[])) AS given(key, vector) ON CONFLICT DO NOTHING"
        ),
        {"keys": list(keys), "vectors": given},
    )
    changed = await session.scalars(
        statement(
            "UPDATE leg_coverage SET version = version + 1 WHERE leg_id = :leg AND complete "
            f"AND source_id IN (SELECT source_id FROM ({leg.items}) i WHERE i.key = ANY(:keys)) RETURNING source_id"
        ),
        {"leg": leg.id, "keys": list(keys), "modalities": list(leg.modalities)},
    )
    return sorted(changed.all())


async def note(session: AsyncSession, name: str, problem: str | None) -> bool:
    """Write down why the leg of that name embeds nothing, or that it does again; return whether that is new."""
    changed = await session.scalar(
        text("UPDATE legs SET problem = :problem WHERE name = :name AND problem IS DISTINCT FROM :problem RETURNING 1"),
        {"name": name, "problem": problem},
    )
    return changed is not None


async def count(session: AsyncSession, leg: Leg) -> list[int]:
    """Count anew how far the leg is with every source; return the sources where that changed.

    A text that the backend refuses counts as missing: no vector is there.
    """
    changed = await session.scalars(
        statement(
            "WITH alive AS (SELECT id FROM sources ORDER BY id FOR KEY SHARE), counted AS ("
            "SELECT c.source_id, count(*) AS chunks, count(*) FILTER (WHERE v.embedding IS NULL) AS missing, "
            "count(*) FILTER (WHERE v.key IS NULL) AS waiting "
            f"FROM ({leg.items}) c LEFT JOIN {leg.table.name} v ON v.key = c.key GROUP BY 1), now AS ("
            "SELECT a.id, coalesce(k.chunks, 0) AS chunks, coalesce(k.missing, 0) AS missing, k.missing < k.chunks AND "
            "(k.waiting = 0 OR (l.complete AND k.waiting <= CAST(:tolerated AS float8) * k.chunks)) AS complete "
            "FROM alive a LEFT JOIN counted k ON k.source_id = a.id "
            "LEFT JOIN leg_coverage l ON l.source_id = a.id AND l.leg_id = :leg) "
            "INSERT INTO leg_coverage AS l (leg_id, source_id, chunks, missing, complete) "
            "SELECT :leg, id, chunks, missing, coalesce(complete, false) FROM now "
            "ON CONFLICT (leg_id, source_id) DO UPDATE SET chunks = excluded.chunks, missing = excluded.missing, "
            "complete = excluded.complete, version = l.version + 1 "
            "WHERE (l.chunks, l.missing, l.complete) IS DISTINCT FROM "
            "(excluded.chunks, excluded.missing, excluded.complete) RETURNING l.source_id"
        ),
        {"leg": leg.id, "modalities": list(leg.modalities), "tolerated": TOLERATED_SHARE},
    )
    return sorted(changed.all())


async def collect(session: AsyncSession, leg: Leg) -> int:
    """Drop vectors of what is in the index no more, once they are more than those of what is."""
    used = "SELECT 1 FROM pictures p WHERE p.hash = v.key" if leg.sees else "SELECT 1 FROM chunks c WHERE c.key = v.key"
    unused = f"FROM {leg.table.name} v WHERE NOT EXISTS ({used})"
    counts = f"SELECT (SELECT count(*) {unused}), (SELECT count(*) FROM {leg.table.name})"
    idle, total = (await session.execute(statement(counts))).one()
    if 2 * idle <= total:
        return 0
    await session.execute(statement(f"DELETE {unused}"))
    return int(idle)


async def pending_files(connection: AsyncConnection) -> int:
    """Return how many files could be indexed now."""
    found = await connection.scalar(
        text("SELECT count(*) FROM files WHERE state = 'pending' AND (retry_at IS NULL OR retry_at <= now())")
    )
    return int(found or 0)


async def embedded(connection: AsyncConnection, leg: Leg, sources: SeenSources) -> tuple[int, int]:
    """Return how many chunks, or pictures, of these sources the leg is for, and how many of them have a vector now."""
    row = (
        await connection.execute(
            statement(
                "SELECT count(*) AS chunks, count(v.embedding) AS embedded "
                f"FROM ({leg.items}) c LEFT JOIN {leg.table.name} v ON v.key = c.key WHERE c.source_id = ANY(:sources)"
            ),
            {"modalities": list(leg.modalities), "sources": list(sources)},
        )
    ).one()
    return row.chunks, row.embedded


async def states(connection: AsyncConnection, names: Sequence[str]) -> dict[str, LegState]:
    """Return the legs of these names with how far they are."""
    rows = await connection.execute(
        text(
            "SELECT l.id, l.name, l.dimension, l.problem, k.source_id, k.chunks, k.missing, k.complete, k.version "
            "FROM legs l LEFT JOIN leg_coverage k ON k.leg_id = l.id WHERE l.name = ANY(:names) ORDER BY l.id"
        ),
        {"names": list(names)},
    )
    found: dict[str, LegState] = {}
    for row in rows:
        state = found.setdefault(row.name, LegState(row.id, row.name, row.dimension, row.problem, {}))
        if row.source_id is not None:
            state.coverage[row.source_id] = Coverage(row.source_id, row.chunks, row.missing, row.complete, row.version)
    return found
