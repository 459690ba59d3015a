"""Queries of the extra legs. Each leg has a table of its own, named for the number of its row: `leg_7`."""

from collections.abc import Sequence
from dataclasses import dataclass

from pgvector import HalfVector
from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.services.rag.found import Ranked
from app.services.rag.legs.backends import Vectors
from app.services.rag.legs.settings import LegSettings
from app.services.rag.scope import Scope, condition

LEGS_LOCK = 0x6C656773
"""Advisory lock (the bytes of "legs"): two processes must not make the table of one leg at once."""

TOLERATED_SHARE = 0.1
"""A leg that was complete for a source stays in use while so much of it is new: a save must not switch it off and on,
a new branch that is mostly different does."""

UNWANTED_DAYS = 7
"""After so long without being configured a leg's table is dropped; until then it can come back without work."""


@dataclass(frozen=True, slots=True)
class Leg:
    """A leg's row: its table holds vectors of this dimension, for chunks of these modalities."""

    id: int
    dimension: int
    modalities: tuple[str, ...]

    @property
    def table(self) -> str:
        """The name of its table; only numbers of our own go into it."""
        return f"leg_{self.id:d}"


@dataclass(frozen=True, slots=True)
class Missing:
    """A chunk that a leg has no vector of."""

    key: bytes
    path: str
    symbol: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Coverage:
    """How far a leg is with a source."""

    leg_id: int
    name: str
    source_id: int
    chunks: int
    missing: int
    complete: bool
    problem: str | None


def statement(sql: str) -> TextClause:
    """Return SQL that was put together from constants and the name of a leg's table; values are bound."""
    return text(sql)


async def ensure_leg(session: AsyncSession, settings: LegSettings, dimension: int) -> Leg:
    """Return the leg of that name, with its table; one whose model has another dimension now begins anew."""
    await session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LEGS_LOCK})
    before = await session.scalar(text("SELECT dimension FROM legs WHERE name = :name"), {"name": settings.name})
    leg_id = await session.scalar(
        text(
            "INSERT INTO legs AS l (name, dimension, modalities) VALUES (:name, :dimension, :modalities) "
            "ON CONFLICT (name) DO UPDATE SET dimension = :dimension, modalities = :modalities, wanted_at = now() "
            "RETURNING id"
        ),
        {"name": settings.name, "dimension": dimension, "modalities": list(settings.modalities)},
    )
    leg = Leg(int(leg_id or 0), dimension, settings.modalities)
    if before not in (None, dimension):
        await session.execute(statement(f"DROP TABLE IF EXISTS {leg.table}"))
        await session.execute(text("DELETE FROM leg_coverage WHERE leg_id = :leg"), {"leg": leg.id})
    await session.execute(
        statement(f"CREATE TABLE IF NOT EXISTS {leg.table} (key bytea PRIMARY KEY, embedding halfvec({dimension:d}))")
    )
    return leg


async def still_wanted(session: AsyncSession, names: Sequence[str]) -> None:
    """Note that these legs are configured, and drop those that have not been for a week."""
    await session.execute(text("UPDATE legs SET wanted_at = now() WHERE name = ANY(:names)"), {"names": list(names)})
    gone = await session.scalars(
        text(f"DELETE FROM legs WHERE wanted_at < now() - interval '{UNWANTED_DAYS:d} days' RETURNING id")  # noqa: S608 - a constant
    )
    for leg_id in gone.all():
        await session.execute(statement(f"DROP TABLE IF EXISTS leg_{leg_id:d}"))


async def missing(connection: AsyncConnection, leg: Leg, limit: int) -> list[Missing]:
    """Return chunks that the leg has no vector of, the newest first; of equal ones, one."""
    sql = (
        "SELECT DISTINCT ON (m.key) m.key, m.path, m.symbol, m.text FROM ("  # noqa: S608 - see statement
        "SELECT c.key, f.path, c.symbol, c.text FROM chunks c JOIN files f ON f.id = c.file_id "
        "WHERE c.modality = ANY(:modalities) AND NOT EXISTS "
        f"(SELECT 1 FROM {leg.table} v WHERE v.key = c.key) ORDER BY c.id DESC LIMIT :limit) m"
    )
    rows = await connection.execute(statement(sql), {"modalities": list(leg.modalities), "limit": limit})
    return [Missing(row.key, row.path, row.symbol, row.text) for row in rows]


async def add(session: AsyncSession, leg: Leg, keys: Sequence[bytes], vectors: Vectors | None) -> None:
    """Keep vectors; without any, note that the backend refuses these texts, so that it is not asked again."""
    given = [None] * len(keys) if vectors is None else [HalfVector(row).to_text() for row in vectors]
    await session.execute(
        statement(
            f"INSERT INTO {leg.table} (key, embedding) SELECT key, CAST(vector AS halfvec) "  # noqa: S608 - see statement
            "FROM unnest(CAST(:keys AS bytea[]), CAST(:vectors AS text[])) AS given(key, vector) ON CONFLICT DO NOTHING"
        ),
        {"keys": list(keys), "vectors": given},
    )


async def count(session: AsyncSession, leg: Leg, problem: str | None) -> list[int]:
    """Count the leg's coverage of every source anew; return the sources whose answers may be different by it."""
    await session.execute(
        text("UPDATE legs SET problem = :problem WHERE id = :leg AND problem IS DISTINCT FROM :problem"),
        {"leg": leg.id, "problem": problem},
    )
    changed = await session.scalars(
        statement(
            "WITH counted AS (SELECT c.source_id, count(*) AS chunks, count(*) FILTER (WHERE v.key IS NULL) AS missing "  # noqa: S608 - see statement
            f"FROM chunks c LEFT JOIN {leg.table} v ON v.key = c.key WHERE c.modality = ANY(:modalities) GROUP BY 1) "
            "INSERT INTO leg_coverage AS l (leg_id, source_id, chunks, missing, complete) "
            "SELECT :leg, k.source_id, k.chunks, k.missing, k.missing = 0 FROM counted k "
            "JOIN sources s ON s.id = k.source_id ON CONFLICT (leg_id, source_id) DO UPDATE SET "
            "chunks = excluded.chunks, missing = excluded.missing, complete = excluded.missing = 0 "
            "OR (l.complete AND excluded.missing <= :tolerated * excluded.chunks) "
            "WHERE (l.chunks, l.missing) IS DISTINCT FROM (excluded.chunks, excluded.missing) "
            "RETURNING l.source_id"
        ),
        {"leg": leg.id, "modalities": list(leg.modalities), "tolerated": TOLERATED_SHARE},
    )
    return sorted(changed.all())


async def collect(session: AsyncSession, leg: Leg) -> int:
    """Drop vectors of texts that are in no chunk any more, once they are more than those that are."""
    unused = f"FROM {leg.table} v WHERE NOT EXISTS (SELECT 1 FROM chunks c WHERE c.key = v.key)"
    counts = f"SELECT (SELECT count(*) {unused}), (SELECT count(*) FROM {leg.table})"  # noqa: S608 - see statement
    idle, total = (await session.execute(statement(counts))).one()
    if 2 * idle <= total:
        return 0
    await session.execute(statement(f"DELETE {unused}"))
    return int(idle)


async def has_index(connection: AsyncConnection, leg: Leg) -> bool | None:
    """Return whether the leg's vector index can be used; None when there is none, False for half of one."""
    found: bool | None = await connection.scalar(
        text("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(:name)"), {"name": f"{leg.table}_hnsw"}
    )
    return found


async def build_index(connection: AsyncConnection, leg: Leg) -> None:
    """Build the vector index without holding up anybody; the connection must commit by itself."""
    if await has_index(connection, leg) is False:
        await connection.execute(statement(f"DROP INDEX IF EXISTS {leg.table}_hnsw"))
    await connection.execute(
        statement(
            f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {leg.table}_hnsw ON {leg.table} "
            "USING hnsw (embedding halfvec_ip_ops)"
        )
    )


async def coverage(connection: AsyncConnection) -> list[Coverage]:
    """Return how far every leg is with every source."""
    rows = await connection.execute(
        text(
            "SELECT l.id, l.name, k.source_id, k.chunks, k.missing, k.complete, l.problem "
            "FROM legs l LEFT JOIN leg_coverage k ON k.leg_id = l.id ORDER BY l.id, k.source_id"
        )
    )
    return [Coverage(r.id, r.name, r.source_id or 0, r.chunks or 0, r.missing or 0, bool(r.complete), r.problem) for r in rows]


async def rank(
    connection: AsyncConnection, leg: str, vector: Vectors, scope: Scope, limit: int
) -> list[Ranked]:
    """Return the chunks nearest to a unit vector on the leg of that table, by cosine similarity (-1 to 1)."""
    inside, values = condition(scope)
    sql = (
        f"SELECT c.id, -(v.embedding <#> CAST(:vector AS halfvec)) AS score FROM {leg} v "  # noqa: S608 - see statement
        "JOIN chunks c ON c.key = v.key JOIN files f ON f.id = c.file_id "
        "WHERE v.embedding IS NOT NULL AND c.source_id = ANY(CAST(:sources AS int[])) "
        f"{f'AND {inside} ' if inside else ''}ORDER BY v.embedding <#> CAST(:vector AS halfvec) LIMIT :limit"
    )
    values |= {"sources": list(scope.sources), "vector": HalfVector(vector), "limit": limit}
    rows = await connection.execute(statement(sql), values)
    return [Ranked(chunk_id, score) for chunk_id, score in rows]
