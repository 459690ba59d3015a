"""Where the five databases are."""

from enum import StrEnum

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from app.core.settings import Environment, Slice


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
    def histories(self) -> tuple[str, ...]:
        """The migration histories that apply to this database."""
        return {"e2e": ("main", "auth"), "ecs_e2e": ("ecs",)}.get(self, (str(self),))


class DatabaseSettings(Slice):
    """URLs of external databases; whatever is not set lives on the embedded server."""

    model_config = SettingsConfigDict(env_prefix="")

    database_url: str | None = None
    auth_database_url: str | None = None
    ecs_database_url: str | None = None
    e2e_database_url: str | None = None
    ecs_e2e_database_url: str | None = None
    read_replica_url: str | None = None
    database_pool_size: int = Field(default=10, ge=1, le=200)

    def url(self, name: DatabaseName) -> str | None:
        """Return the configured URL of that database, or None when the embedded server holds it."""
        found = getattr(self, "database_url" if name is DatabaseName.main else f"{name}_database_url")
        assert found is None or isinstance(found, str)  # noqa: S101 - narrows getattr for the type checker
        return found


AUTH_SCHEMA_IN_E2E = "gatekeeper"
"""In e2e, Gatekeeper's tables live in this schema of the e2e database: no test user reaches the real one."""


def database_for(role: DatabaseName, environment: Environment) -> tuple[DatabaseName, str]:
    """Return the database and schema that play `role` (main, auth or ecs) in that environment."""
    if environment is not Environment.e2e:
        return role, "public"
    if role is DatabaseName.auth:
        return DatabaseName.e2e, AUTH_SCHEMA_IN_E2E
    return (DatabaseName.ecs_e2e if role is DatabaseName.ecs else DatabaseName.e2e), "public"
