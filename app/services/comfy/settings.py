"""Where ComfyUI is, and how much of it is used."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from app.core.adapter import BaseUrl
from app.core.settings import Slice


class ComfySettings(Slice):
    """Settings of the adapter for ComfyUI."""

    model_config = SettingsConfigDict(env_prefix="COMFY_")

    base_url: BaseUrl = "http://localhost:8188"
    max_jobs: int = Field(default=8, ge=1, le=1000, description="Jobs of one user that wait or run at once")
    max_workflows: int = Field(default=200, ge=1, le=100_000, description="Workflows that one user keeps")
