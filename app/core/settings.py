"""Settings from the environment and `.env`: a typed slice for each room, one tree for the process."""

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BeforeValidator, Field, PrivateAttr, SecretStr, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from app.core.variables import ENCODING, ENV_FILE, Variables, read_variables

VERSION = "0.1.0"


class SettingsError(Exception):
    """The environment holds values that cannot be used; the text has one sentence for each."""


def split_commas(value: object) -> object:
    """Turn `a, b` into `["a", "b"]`, so that lists read well in a `.env` file."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


CommaSeparated = Annotated[list[str], NoDecode, BeforeValidator(split_commas)]


class Slice(BaseSettings):
    """One room's settings. A field `x` of a slice with the prefix `RAG_` is read from `RAG_X`."""

    model_config = SettingsConfigDict(
        env_file=ENV_FILE, env_file_encoding=ENCODING, env_ignore_empty=True, extra="ignore", frozen=True
    )

    @classmethod
    def variables(cls) -> dict[str, str]:
        """Return the fields by the names of their variables."""
        prefix = str(cls.model_config.get("env_prefix") or "")
        return {f"{prefix}{field}".upper(): field for field in cls.model_fields}


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


def load_settings(
    slices: Sequence[type[Slice]],
    *,
    refuse_unknown: bool = False,
    **overrides: Any,  # noqa: ANN401 - field values
) -> Settings:
    """Read the core settings and `slices`.

    Args:
        slices: The slices that `Settings.of` will be asked for.
        refuse_unknown: `slices` are all there are, so a variable that none of them reads is a mistake.
        overrides: Core fields that win over the environment.

    Raises:
        SettingsError: At least one value cannot be used; has a sentence for each, and never a secret.
    """
    variables = read_variables()
    problems = list(variables.problems)
    if problems:
        raise SettingsError("\n".join(problems))
    loaded = {kind: _load(kind, variables, problems) for kind in slices}
    settings = _load(Settings, variables, problems, **overrides)
    if refuse_unknown:
        known: list[type[Slice]] = [Settings, *slices]
        problems += variables.unknown({name for kind in known for name in kind.variables()})
    if settings is None or problems:
        raise SettingsError("\n".join(problems))
    settings._slices.update({kind: found for kind, found in loaded.items() if found is not None})  # noqa: SLF001 - its own factory
    return settings


def _load(
    kind: type[SliceT],
    variables: Variables,
    problems: list[str],
    **overrides: Any,  # noqa: ANN401 - field values
) -> SliceT | None:
    try:
        return kind(**overrides)
    except ValidationError as error:
        problems += [_sentence(kind, variables, item) for item in error.errors()]
        return None


def _sentence(kind: type[Slice], variables: Variables, item: ErrorDetails) -> str:
    """Return what is wrong with one variable, with its value only where that cannot be a secret."""
    message = item["msg"].removeprefix("Value error, ")
    if not item["loc"]:
        return message
    field = str(item["loc"][0])
    name = next((name for name, of in kind.variables().items() if field in (of, name.lower())), field.upper())
    value = "" if _is_secret(kind, field) else f" (not {item['input']!r})"
    return f"{name}: {message}{value}, set by {variables.origin(name)}."


def _is_secret(kind: type[Slice], field: str) -> bool:
    """Whether the field may hold a password or a key: a URL does."""
    info = kind.model_fields.get(field)
    return info is None or SecretStr.__name__ in repr(info.annotation) or field.endswith(("_url", "_dsn"))
