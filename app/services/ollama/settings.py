"""Where Ollama is, how much of it is used, and what stands in for it."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from app.core.adapter import BaseUrl
from app.core.settings import Slice


class OllamaSettings(Slice):
    """Settings of the adapter for Ollama."""

    model_config = SettingsConfigDict(env_prefix="OLLAMA_")

    base_url: BaseUrl = "http://localhost:11434"
    default_model: str | None = Field(default=None, max_length=200, description="None: the one pulled last")
    max_concurrent: int = Field(default=4, ge=1, le=1000, description="Calls that run at once, for each process")
    max_waiting: int = Field(default=16, ge=0, le=10_000, description="Calls that wait for a place; more are a 503")
    timeout: float = Field(default=900.0, gt=0, le=86_400, description="Seconds for one answer")
    builtin_enabled: bool = Field(default=True, description="Whether the built-in model stands in, if it is installed")
    builtin_threads: int | None = Field(default=None, ge=1, le=256, description="None: half of the cores, at most 4")
    builtin_idle_seconds: float = Field(default=300.0, gt=0, le=86_400, description="Then its process ends")
