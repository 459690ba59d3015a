"""Where Ollama is."""

from pydantic_settings import SettingsConfigDict

from app.core.adapter import BaseUrl
from app.core.settings import Slice


class OllamaSettings(Slice):
    """Settings of the adapter for Ollama."""

    model_config = SettingsConfigDict(env_prefix="OLLAMA_")

    base_url: BaseUrl = "http://localhost:11434"
