"""Where the five databases are."""

from enum import StrEnum

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from app.core.settings import Environment, Slice
from app.db.urls import DatabaseUrl


class DatabaseName(StrEnum):
    """The five databases by the short names that scripts and settings use."""

    main = "main"
    auth = "auth"
    ecs = "ecs"
    e2e = "e2e"
    ecs_e2e = "ecs_e2e"

    @property
    def default_database(self) -> str:
        """The PostgreSQL database name on the embedded server."""
        return "reynard" if self is DatabaseName.main else f"reynard_{self}"

    @property
    def default_role(self) -> str:
        """The role that owns that database on the embedded server, and nothing else."""
        return f"reynard_{self}"

    @property
    def needs_vector(self) -> bool:
        """Whether the database holds vectors."""
        return "main" in self.histories

    @property
    def histories(self) -> tuple[str, ...]:
        """The migration histories that apply to this database."""
        return {"e2e": ("main", "auth"), "ecs_e2e": ("ecs",)}.get(self, (str(self),))


class DatabaseSettings(Slice):
    """URLs of external databases; whatever is not set lives on the embedded server."""

    model_config = SettingsConfigDict(env_prefix="")

    database_url: DatabaseUrl | None = None
    auth_database_url: DatabaseUrl | None = None
    ecs_database_url: DatabaseUrl | None = None
    e2e_database_url: DatabaseUrl | None = None
    ecs_e2e_database_url: DatabaseUrl | None = None
    pg_dsn: DatabaseUrl | None = None
    read_replica_url: DatabaseUrl | None = None
    database_pool_size: int = Field(default=10, ge=1, le=200)

    def url(self, name: DatabaseName) -> str | None:
        """Return the configured URL of that database, or None when the embedded server holds it.

        PG_DSN, the name under which tools of retrieval know their store, wins over DATABASE_URL.
        """
        return {
            DatabaseName.main: self.pg_dsn or self.database_url,
            DatabaseName.auth: self.auth_database_url,
            DatabaseName.ecs: self.ecs_database_url,
            DatabaseName.e2e: self.e2e_database_url,
            DatabaseName.ecs_e2e: self.ecs_e2e_database_url,
        }[name]


AUTH_SCHEMA_IN_E2E = "gatekeeper"
"""In e2e, Gatekeeper's tables live in this schema of the e2e database: no test user reaches the real one."""


def database_for(role: DatabaseName, environment: Environment) -> tuple[DatabaseName, str]:
    """Return the database and schema that play `role` (main, auth or ecs) in that environment."""
    if environment is not Environment.e2e:
        return role, "public"
    if role is DatabaseName.auth:
        return DatabaseName.e2e, AUTH_SCHEMA_IN_E2E
    return (DatabaseName.ecs_e2e if role is DatabaseName.ecs else DatabaseName.e2e), "public"
