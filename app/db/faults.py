"""Driver errors in words a person can act on, without driver text, passwords or paths."""

import socket
import ssl
from collections.abc import Iterator

import asyncpg
import structlog
from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.core.errors import ApiError

log = structlog.get_logger(__name__)

UNREACHABLE = (
    OSError,
    TimeoutError,
    PoolTimeout,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.DiskFullError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.InterfaceError,
)
"""Errors that say nothing about the statement: the database is away or full, try again later."""


class DatabaseUnavailable(ApiError):
    """A database did not answer while a request needed it."""

    status = 503
    code = "database_unavailable"
    title = "Database unavailable"


class DatabaseFull(ApiError):
    """The disk of a database has no room left for what a request would write; nothing of it was written."""

    status = 503
    code = "database_full"
    title = "Database full"


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield `error` and what it was raised from, outermost first."""
    while error is not None:
        yield error
        if isinstance(error, DBAPIError) and error.orig is not None:
            yield error.orig
        error = error.__cause__


def is_unreachable(error: BaseException) -> bool:
    """Whether `error` means that the database could not be reached or went away."""
    return any(
        (isinstance(cause, UNREACHABLE) and not is_about_a_file(cause))
        or (isinstance(cause, DBAPIError) and cause.connection_invalidated)
        for cause in causes(error)
    )


def is_about_a_file(error: BaseException) -> bool:
    """Whether `error` names a file, as those of the file system do and those of sockets do not."""
    return isinstance(error, OSError) and error.filename is not None


TOO_FEW_RIGHTS = (
    "user {user} may not do this in database {database}: run python scripts/setup_all_databases.py, which says what an "
    "administrator has to grant"
)

SENTENCES: tuple[tuple[tuple[type[BaseException], ...], str], ...] = (
    (
        (asyncpg.InvalidPasswordError, asyncpg.InvalidAuthorizationSpecificationError),
        "password rejected for user {user} at {where}",
    ),
    (
        (asyncpg.InvalidCatalogNameError,),
        "database {database} does not exist at {where}: run python scripts/setup_all_databases.py",
    ),
    (
        (asyncpg.UndefinedFileError, asyncpg.FeatureNotSupportedError),
        "pgvector is not installed on the server at {where}: install it for that PostgreSQL version",
    ),
    (
        (asyncpg.InsufficientPrivilegeError,),
        TOO_FEW_RIGHTS,
    ),
    ((asyncpg.TooManyConnectionsError,), "no connection is free at {where}: raise its max_connections"),
    ((socket.gaierror,), "the host name of {where} is not known"),
    ((ssl.SSLError,), "no TLS with {where}: check sslmode in the URL, and the server's certificate"),
    ((asyncpg.DiskFullError,), "the disk of {where} is full: free some space there"),
    (UNREACHABLE, "nothing answers at {where}"),
)


def known_fault(error: BaseException, url: URL) -> str | None:
    """Return one sentence for a fault whose cause is known by its kind, else None."""
    where = f"{url.host or url.query.get('host', 'localhost')}:{url.port or 5432}"
    found = tuple(causes(error))
    for kinds, sentence in SENTENCES:
        if any(isinstance(cause, kinds) for cause in found):
            return sentence.format(user=url.username, database=url.database, where=where)
    return None


def in_words(error: BaseException, url: URL) -> str:
    """Return one sentence that says what is wrong with the database at `url`; logs what has no sentence yet."""
    if sentence := known_fault(error, url):
        return sentence
    log.error("database_error", database=url.database, exc_info=error)
    return f"database {url.database} answered with {type(error).__name__}; the log has the details"


def as_api_error(error: Exception) -> ApiError | None:
    """Return what to tell the caller of a request during which a database went away, or None."""
    if not is_unreachable(error):
        return None
    if any(isinstance(cause, asyncpg.DiskFullError) for cause in causes(error)):
        detail = "The disk of a database is full: free some space there, and send this again."
        return DatabaseFull(detail, headers={"Retry-After": "10"})
    detail = "A database did not answer; it is tried again by itself, see /api/health."
    return DatabaseUnavailable(detail, headers={"Retry-After": "2"})
