"""Settings from the environment and `.env`: a typed slice for each room, one tree for the process."""

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BeforeValidator, Field, PrivateAttr, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

VERSION = "0.1.0"


class SettingsError(Exception):
    """The environment holds values that cannot be used; the text has one sentence for each."""


def split_commas(value: object) -> object:
    """Turn `a, b` into `["a", "b"]`, so that lists read well in a `.env` file."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


CommaSeparated = Annotated[list[str], NoDecode, BeforeValidator(split_commas)]


class Slice(BaseSettings):
    """One room's settings. A field `x` of a slice with the prefix `RAG_` is read from `RAG_X`."""

    model_config = SettingsConfigDict(env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True)


class Environment(StrEnum):
    """What the process is for: `e2e` swaps the main and ECS databases for their mirrors."""

    development = "development"
    e2e = "e2e"
    production = "production"


SliceT = TypeVar("SliceT", bound=Slice)


class Settings(Slice):
    """The settings that belong to no room, and the slices of all rooms."""

    environment: Environment = Environment.development
    debug: bool = False
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    reynard_data_dir: Path = Path(".reynard")
    allowed_origins: CommaSeparated = ["http://localhost:3000", "http://localhost:5173"]
    auth_anonymous_read: bool | None = None
    redis_url: str | None = None
    redis_max_connections: int = Field(default=50, ge=1)

    _slices: dict[type[Slice], Slice] = PrivateAttr(default_factory=dict)

    @property
    def data_dir(self) -> Path:
        """The absolute directory of everything this installation keeps on disk."""
        return self.reynard_data_dir.expanduser().absolute()

    @property
    def anonymous_read(self) -> bool:
        """Whether reader routes answer without a token: in development, unless AUTH_ANONYMOUS_READ says."""
        if self.auth_anonymous_read is not None:
            return self.auth_anonymous_read
        return self.environment is not Environment.production

    def of(self, kind: type[SliceT]) -> SliceT:
        """Return the slice of that type.

        Raises:
            KeyError: The slice was not named to `load_settings`.
        """
        found = self._slices[kind]
        assert isinstance(found, kind)  # noqa: S101 - tells the type checker what `load_settings` guarantees
        return found


def load_settings(slices: Sequence[type[Slice]], **overrides: Any) -> Settings:  # noqa: ANN401 - field values
    """Read the core settings and `slices`; `overrides` are core fields that win over the environment.

    Raises:
        SettingsError: At least one value cannot be used; names every such variable.
    """
    problems: list[str] = []
    loaded = {kind: _load(kind, problems) for kind in slices}
    settings = _load(Settings, problems, **overrides)
    if settings is None or problems:
        raise SettingsError("\n".join(problems))
    settings._slices.update({kind: found for kind, found in loaded.items() if found is not None})  # noqa: SLF001 - its own factory
    return settings


def _load(kind: type[SliceT], problems: list[str], **overrides: Any) -> SliceT | None:  # noqa: ANN401 - field values
    try:
        return kind(**overrides)
    except ValidationError as error:
        prefix = kind.model_config.get("env_prefix", "")
        problems += [
            f"{prefix}{'.'.join(map(str, item['loc']))}".upper() + f": {item['msg']} (got {item['input']!r})"
            for item in error.errors()
        ]
        return None
