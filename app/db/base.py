"""One declarative base per migration history; a room's models derive from the base of its database."""

from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
"""Constraint names are fixed, so that a migration can name what an earlier one made."""


class MainBase(DeclarativeBase):
    """Tables of the main database: sources, files, chunks and what the adapters keep."""

    metadata = MetaData(naming_convention=NAMES)


class AuthBase(DeclarativeBase):
    """Tables of the auth database: users, sessions, tokens, audit."""

    metadata = MetaData(naming_convention=NAMES)


class EcsBase(DeclarativeBase):
    """Tables of the ECS database: worlds and the log of their inputs."""

    metadata = MetaData(naming_convention=NAMES)
