"""How the world begins, and its bounds."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from app.core.settings import Settings, Slice


class EcsSettings(Slice):
    """Settings of the world."""

    model_config = SettingsConfigDict(env_prefix="ECS_")

    enabled: bool = True
    world_seed: int | None = Field(
        default=None, ge=0, lt=2**63, description="Of a world that is new; None: drawn once, and kept with the world"
    )
    founders: int = Field(default=0, ge=0, le=1000, description="Agents that a world that is new begins with")
    population_limit: int = Field(default=1000, ge=2, le=100_000)
    death_by_age: bool = False
    chat_model: str | None = Field(
        default=None, description="Ollama's model that speaks for agents; None: the one that was pulled last"
    )
    replay_seconds: float = Field(default=60, ge=1, le=3600, description="For a replay check, and for an import")


def world_off(settings: Settings) -> str | None:
    """Return why there is no world, if the settings say so."""
    return None if settings.of(EcsSettings).enabled else "switched off by ECS_ENABLED"
