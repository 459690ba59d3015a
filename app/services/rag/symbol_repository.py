"""Queries over definitions: by name, by place, and for completion."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db.database import Database
from app.services.rag.found import Ranked
from app.services.rag.scope import Scope, like


@dataclass(frozen=True, slots=True)
class Definition:
    """A definition with where it stands; lines are 1-based and inclusive."""

    file_id: int
    source: str
    path: str
    name: str
    qualified: str
    kind: str
    line: int
    end_line: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """A name to look up: exact, any case, prefix, or by the tokens it is made of.

    `qualifier` is what stands before the name, joined by dots; `kinds` restricts when it is not empty.
    """

    name: str
    parts: tuple[str, ...] = ()
    qualifier: str = ""
    kinds: tuple[str, ...] = ()


TYPES = ["class", "interface", "enum", "type", "namespace"]

COLUMNS = "s.file_id, o.name AS source, f.path, s.name, s.qualified, s.kind, s.line, s.end_line"
TABLES = "symbols s JOIN files f ON f.id = s.file_id JOIN sources o ON o.id = s.source_id"
PREFIX = r"s.folded LIKE replace(replace(replace(:folded, '\', '\\'), '%', '\%'), '_', '\_') || '%'"

QUALIFIES = ":qualifier = '' OR lower(s.qualified) LIKE :suffix OR lower(s.qualified) LIKE '%.' || :suffix"


def statement(sql: str) -> TextClause:
    """Return SQL that was put together from this module's constants; values are bound, never inserted."""
    return text(sql)


def within(scope: Scope) -> tuple[str, dict[str, object]]:
    """Return the condition that keeps symbols inside `scope`, and its parameters."""
    parts = ["s.source_id = ANY(CAST(:sources AS int[]))"]
    values: dict[str, object] = {"sources": list(scope.sources)}
    if scope.paths:
        patterns = [like(path) for path in scope.paths]
        parts.append("f.path LIKE ANY(CAST(:patterns AS text[]))")
        values["patterns"] = patterns + [f"{pattern}/%" for pattern in patterns]
    if scope.languages:
        parts.append(
            "EXISTS (SELECT 1 FROM chunks c WHERE c.file_id = s.file_id "
            "AND c.language = ANY(CAST(:languages AS text[])))"
        )
        values["languages"] = list(scope.languages)
    return " AND ".join(parts), values


async def lookup(
    connection: AsyncConnection, wanted: Wanted, scope: Scope, limit: int
) -> list[tuple[Definition, str, bool]]:
    """Return definitions with how they match (exact, case, prefix, part) and whether the qualifier does; best first."""
    inside, values = within(scope)
    matches = f"({PREFIX} OR s.parts @> CAST(:parts AS text[]))" if wanted.parts else PREFIX
    kinds = "AND s.kind = ANY(CAST(:kinds AS text[]))" if wanted.kinds else ""
    rows = await connection.execute(
        statement(
            f"SELECT {COLUMNS}, CASE WHEN s.name = :name THEN 'exact' WHEN s.folded = :folded THEN 'case' "
            f"WHEN {PREFIX} THEN 'prefix' ELSE 'part' END AS match, "
            f"({QUALIFIES}) AS qualifies "
            f"FROM {TABLES} WHERE {inside} AND {matches} {kinds} "
            f"ORDER BY s.name <> :name, s.folded <> :folded, NOT ({QUALIFIES}), NOT ({PREFIX}), "
            "length(s.name), f.path, s.line LIMIT :limit"
        ),
        values
        | {
            "name": wanted.name,
            "folded": wanted.name.lower(),
            "parts": list(wanted.parts),
            "qualifier": wanted.qualifier,
            "suffix": like(f"{wanted.qualifier}.{wanted.name}".lower()),
            "kinds": list(wanted.kinds),
            "limit": limit,
        },
    )
    return [(Definition(*row[:8]), row.match, row.qualifies) for row in rows]


async def names(connection: AsyncConnection, scope: Scope, shortest: int, longest: int, limit: int) -> list[str]:
    """Return distinct names of a length, the most frequent first."""
    inside, values = within(scope)
    rows = await connection.execute(
        statement(
            f"SELECT s.name FROM {TABLES} WHERE {inside} AND length(s.name) BETWEEN :shortest AND :longest "
            "GROUP BY s.name ORDER BY count(*) DESC, s.name LIMIT :limit"
        ),
        values | {"shortest": shortest, "longest": longest, "limit": limit},
    )
    return [row.name for row in rows]


async def defining(database: Database, names: Sequence[str], scope: Scope, limit: int) -> list[Ranked]:
    """Return the chunks in which a definition of one of these very names begins, types first; a type scores 2."""
    inside, values = within(scope)
    rows = await database.fetch(
        "SELECT c.id, max(CASE WHEN s.kind = ANY(CAST(:types AS text[])) THEN 2 ELSE 1 END) AS score "
        "FROM symbols s JOIN files f ON f.id = s.file_id "
        "JOIN chunks c ON c.file_id = s.file_id AND s.line BETWEEN c.start_line AND c.end_line "
        "WHERE s.folded = ANY(CAST(:folded AS text[])) AND s.name = ANY(CAST(:names AS text[])) "
        f"AND {inside} GROUP BY c.id ORDER BY score DESC, c.id LIMIT :limit",
        values | {"names": list(names), "folded": [name.lower() for name in names], "types": TYPES, "limit": limit},
    )
    return [Ranked(chunk_id, float(score)) for chunk_id, score in rows]


async def named(connection: AsyncConnection, wanted: Sequence[str], scope: Scope, most_each: int) -> list[Definition]:
    """Return the definitions of names that have at most `most_each`: a name with more says little."""
    inside, values = within(scope)
    rows = await connection.execute(
        statement(
            f"SELECT * FROM (SELECT {COLUMNS}, count(*) OVER (PARTITION BY s.name) AS defined "
            f"FROM {TABLES} WHERE {inside} AND s.name = ANY(CAST(:names AS text[])) "
            "AND s.folded = ANY(CAST(:folded AS text[]))) found WHERE defined <= :most ORDER BY defined, path, line"
        ),
        values | {"names": list(wanted), "folded": [name.lower() for name in wanted], "most": most_each},
    )
    return [Definition(*row[:8]) for row in rows]


async def around(connection: AsyncConnection, places: Sequence[tuple[int, int]]) -> dict[tuple[int, int], Definition]:
    """Return the innermost definition around each place (file id, line) that has one."""
    rows = await connection.execute(
        statement(
            f"SELECT {COLUMNS}, p.line AS at FROM unnest(CAST(:files AS bigint[]), CAST(:lines AS int[])) "
            "AS p(file_id, line) CROSS JOIN LATERAL (SELECT * FROM symbols i WHERE i.file_id = p.file_id "
            "AND i.line <= p.line AND i.end_line >= p.line ORDER BY i.line DESC LIMIT 1) s "
            "JOIN files f ON f.id = s.file_id JOIN sources o ON o.id = s.source_id"
        ),
        {"files": [file_id for file_id, _ in places], "lines": [line for _, line in places]},
    )
    return {(row.file_id, row.at): Definition(*row[:8]) for row in rows}


async def completions(connection: AsyncConnection, start: str, scope: Scope, limit: int) -> list[tuple[str, str, int]]:
    """Return names that begin with `start`, in any case, with their kind and how often they are defined."""
    inside, values = within(scope)
    rows = await connection.execute(
        statement(
            f"SELECT s.name, min(s.kind) AS kind, count(*) AS times FROM {TABLES} WHERE {inside} AND {PREFIX} "
            "GROUP BY s.name ORDER BY NOT starts_with(s.name, :start), length(s.name), s.name LIMIT :limit"
        ),
        values | {"folded": start.lower(), "start": start, "limit": limit},
    )
    return [(row.name, row.kind, row.times) for row in rows]


async def file_completions(connection: AsyncConnection, start: str, scope: Scope, limit: int) -> list[str]:
    """Return paths with a part that begins with `start`, in any case, the shortest first."""
    escaped = start.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    rows = await connection.execute(
        text(
            "SELECT path FROM files WHERE source_id = ANY(CAST(:sources AS int[])) AND state = 'indexed' "
            "AND (lower(path) LIKE :head OR lower(path) LIKE :inner) ORDER BY length(path), path LIMIT :limit"
        ),
        {"sources": list(scope.sources), "head": f"{escaped}%", "inner": f"%/{escaped}%", "limit": limit},
    )
    return [row.path for row in rows]
