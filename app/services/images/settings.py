"""How much one keeps."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from app.core.settings import Slice


class ImagesSettings(Slice):
    """Settings of pictures."""

    model_config = SettingsConfigDict(env_prefix="IMAGES_")

    gallery_mb: int = Field(default=1000, ge=1, le=1_000_000, description="Of one user's gallery")
    workers: int = Field(default=2, ge=1, le=64, description="Pictures that are worked on at once")
