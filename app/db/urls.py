"""URLs of PostgreSQL databases, as settings hold them."""

from typing import Annotated

from pydantic import AfterValidator
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

SCHEMES = ("postgresql", "postgres", "postgresql+asyncpg")


def asyncpg_url(url: str) -> URL:
    """Return `url` with the asyncpg driver; accepts `postgresql://`, `postgres://` and `postgresql+asyncpg://`."""
    return make_url(url.replace("postgres://", "postgresql://", 1)).set(drivername="postgresql+asyncpg")


def dsn(url: URL) -> str:
    """Return `url` as asyncpg itself takes it."""
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


def database_url(value: str) -> str:
    """Return the URL as it is.

    Raises:
        ValueError: It cannot be one of a PostgreSQL database; the text does not hold the password.
    """
    scheme = value.split("://", 1)[0]
    if scheme not in SCHEMES:
        raise ValueError("should begin with postgresql://")
    try:
        parsed = asyncpg_url(value)
    except (ArgumentError, ValueError) as error:
        raise ValueError(
            "should be like postgresql://user:password@host:5432/database; write special characters of the "
            "password as %40 for @, %2F for / and so on"
        ) from error
    if not parsed.database:
        raise ValueError("should name a database after the last slash")
    if not parsed.username:
        raise ValueError("should name a user, as in postgresql://user:password@host/database")
    return value


DatabaseUrl = Annotated[str, AfterValidator(database_url)]
