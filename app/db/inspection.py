"""Whether a PostgreSQL server is one we can use, in words before a migration stumbles over it."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.core.registry import ServiceFailed

OLDEST_POSTGRES = 15
"""The oldest major version that is tested."""

OLDEST_VECTOR = (0, 7)
"""The first version of pgvector with halfvec and sparsevec."""

FACTS = text(
    "SELECT current_setting('server_version_num')::int / 10000 AS postgres, "
    "(SELECT extversion FROM pg_extension WHERE extname = 'vector') AS enabled, "
    "(SELECT default_version FROM pg_available_extensions WHERE name = 'vector') AS available"
)


async def inspect(connection: AsyncConnection, *, vector: bool) -> str:
    """Return the versions of the server and of pgvector in words.

    Raises:
        ServiceFailed: One is missing or too old; says what to do.
    """
    facts = (await connection.execute(FACTS)).one()
    if facts.postgres < OLDEST_POSTGRES:
        raise ServiceFailed(
            f"the server is PostgreSQL {facts.postgres}: upgrade it to {OLDEST_POSTGRES} or newer, "
            "or leave the URL unset"
        )
    if not vector:
        return f"PostgreSQL {facts.postgres}"
    version = facts.enabled or facts.available
    if version is None:
        raise ServiceFailed(
            f"pgvector is not installed on the server: install it for PostgreSQL {facts.postgres} "
            f"(on Debian: apt install postgresql-{facts.postgres}-pgvector), or leave the URL unset"
        )
    if numbers(version) < OLDEST_VECTOR:
        wanted = ".".join(map(str, OLDEST_VECTOR))
        enabled = "; then run ALTER EXTENSION vector UPDATE in the database" if facts.enabled else ""
        raise ServiceFailed(
            f"the server has pgvector {version}: install {wanted} or newer{enabled}, or leave the URL unset"
        )
    return f"PostgreSQL {facts.postgres}, pgvector {version}"


def numbers(version: str) -> tuple[int, ...]:
    """Return `0.8.1` as (0, 8, 1)."""
    return tuple(int(part) for part in version.split(".") if part.isdecimal())
