"""Where ComfyUI is."""

from pydantic_settings import SettingsConfigDict

from app.core.adapter import BaseUrl
from app.core.settings import Slice


class ComfySettings(Slice):
    """Settings of the adapter for ComfyUI."""

    model_config = SettingsConfigDict(env_prefix="COMFY_")

    base_url: BaseUrl = "http://localhost:8188"
