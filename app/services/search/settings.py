"""How long answers are kept."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from app.core.settings import Slice

DEFAULT_SECONDS = {"semantic": 3600, "hybrid": 1800, "syntax": 1800}


class SearchSettings(Slice):
    """Times to live of cached answers, in seconds; an answer about a changed index is never served anyway.

    CACHE_TTL is for every kind that has no setting of its own.
    """

    model_config = SettingsConfigDict(env_prefix="")

    cache_ttl: int | None = Field(default=None, ge=1)
    cache_ttl_semantic: int | None = Field(default=None, ge=1)
    cache_ttl_hybrid: int | None = Field(default=None, ge=1)
    cache_ttl_syntax: int | None = Field(default=None, ge=1)
    search_syntax_seconds: float = Field(
        default=3.0, gt=0, le=60, description="Longest a literal, regex or pattern is looked for"
    )

    def ttl(self, kind: str) -> int:
        """Return the seconds for answers of that kind."""
        own: dict[str, int | None] = {
            "semantic": self.cache_ttl_semantic,
            "hybrid": self.cache_ttl_hybrid,
            "syntax": self.cache_ttl_syntax,
        }
        return own[kind] or self.cache_ttl or DEFAULT_SECONDS[kind]
