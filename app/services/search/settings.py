"""How long answers are kept."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from app.core.settings import Slice


class SearchSettings(Slice):
    """Times to live of cached answers, in seconds; an answer about a changed index is never served anyway."""

    model_config = SettingsConfigDict(env_prefix="CACHE_TTL_")

    semantic: int = Field(default=3600, ge=1)
    hybrid: int = Field(default=1800, ge=1)

    def of(self, kind: str) -> int:
        """Return the seconds for answers of that kind."""
        return self.semantic if kind == "semantic" else self.hybrid
