"""What only an administrator of a PostgreSQL server may do: roles, databases, the extension."""

import base64
import hashlib
import hmac
import secrets

import asyncpg
from sqlalchemy import URL

from app.db.database import CONNECT_SECONDS
from app.db.urls import dsn

MAINTENANCE_DATABASE = "postgres"
"""The database every server has: the place to stand while another is created."""

SCRAM_ITERATIONS = 4096
"""PostgreSQL's own default (`scram_iterations`)."""

LOCK_KEY = 0x726F6C65
"""Advisory lock (the bytes of "role"): PostgreSQL's catalogues mind two who make the same role at once."""


async def prepare(admin: URL, url: URL, *, vector: bool) -> list[str]:
    """Make the role and the database that `url` names, with no more rights than they need; return what was done.

    The role may log in and owns its database, and nothing else; nobody but it and administrators may connect. What
    exists already keeps its owner, and the role is granted what it needs there.

    Args:
        admin: A role that may create roles and databases, on the same server.
        url: What the application will use.
        vector: The database needs pgvector, which only an administrator may enable on most servers.

    Raises:
        asyncpg.PostgresError, OSError: See `app.db.faults.in_words`.
    """
    done: list[str] = []
    role, database = quoted(url.username or ""), quoted(url.database or "")
    connection = await asyncpg.connect(dsn(admin.set(database=MAINTENANCE_DATABASE)), timeout=CONNECT_SECONDS)
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", LOCK_KEY)
        own = url.username == admin.username
        if not own and await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", url.username) is None:
            await connection.execute(
                f"CREATE ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION "
                f"PASSWORD {literal(password_verifier(url.password or ''))}"
            )
            done.append(f"role {url.username}")
        if not own and not await connection.fetchval("SELECT rolsuper FROM pg_roles WHERE rolname = current_user"):
            await connection.execute(f"GRANT {role} TO CURRENT_USER")  # else it may not make a database for the role
        if await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", url.database) is None:
            await connection.execute(f"CREATE DATABASE {database} OWNER {role}")
            await connection.execute(f"REVOKE ALL ON DATABASE {database} FROM PUBLIC")
            done.append("created")
        else:
            await connection.execute(f"GRANT CONNECT, CREATE, TEMPORARY ON DATABASE {database} TO {role}")
    finally:
        await connection.close()
    inside = await asyncpg.connect(dsn(admin.set(database=url.database)), timeout=CONNECT_SECONDS)
    try:
        await inside.execute(f"GRANT USAGE, CREATE ON SCHEMA public TO {role}")
        if vector and await inside.fetchval("SELECT 1 FROM pg_extension WHERE extname = 'vector'") is None:
            await inside.execute("CREATE EXTENSION IF NOT EXISTS vector WITH SCHEMA public")
            done.append("pgvector")
    finally:
        await inside.close()
    return done


async def create_if_missing(url: URL) -> bool:
    """Create the database that `url` names by its own rights; return whether it was missing.

    Raises:
        asyncpg.PostgresError: The server refused, for example because the user may not create databases.
        OSError: Nothing answers there.
    """
    try:
        connection = await asyncpg.connect(dsn(url), timeout=CONNECT_SECONDS)
    except asyncpg.InvalidCatalogNameError:
        connection = await asyncpg.connect(dsn(url.set(database=MAINTENANCE_DATABASE)), timeout=CONNECT_SECONDS)
        try:
            await connection.execute(f"CREATE DATABASE {quoted(url.database or '')}")
        except (asyncpg.DuplicateDatabaseError, asyncpg.UniqueViolationError):
            return False
        finally:
            await connection.close()
        return True
    await connection.close()
    return False


def statements_for_administrator(url: URL, *, vector: bool) -> list[str]:
    """Return the SQL that does what `prepare` does, for an administrator to run; it holds no password."""
    role, database = quoted(url.username or ""), quoted(url.database or "")
    found = [
        f"CREATE ROLE {role} LOGIN;  -- then \\password {url.username}",
        f"CREATE DATABASE {database} OWNER {role};",
        f"REVOKE ALL ON DATABASE {database} FROM PUBLIC;",
    ]
    return [*found, f"\\c {url.database}", "CREATE EXTENSION vector;"] if vector else found


def quoted(name: str) -> str:
    """Return an identifier as SQL takes it, whatever it holds."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Return a string as SQL takes it, whatever it holds."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"E'{escaped}'"


def password_verifier(password: str) -> str:
    """Return what PostgreSQL keeps of a password, so that the password itself never shows in the server's log.

    SCRAM-SHA-256 as in RFC 5802, in the form of PostgreSQL's `pg_authid.rolpassword`. A password with characters
    outside ASCII would have to be normalised first (RFC 4013): it is returned as it is, and the server does that.
    """
    if not password.isascii() or not password:
        return password
    salt = secrets.token_bytes(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, SCRAM_ITERATIONS)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    salt64, stored64, server64 = (base64.b64encode(part).decode() for part in (salt, stored, server))
    return f"SCRAM-SHA-256${SCRAM_ITERATIONS}:{salt64}${stored64}:{server64}"
