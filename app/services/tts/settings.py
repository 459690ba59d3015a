"""How much speech at once, how long it may take, and how much of it is kept."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, StringConstraints
from pydantic_settings import SettingsConfigDict

from app.core.settings import Slice

Language = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,4}$")]


class SpeechSettings(Slice):
    """Settings of speech."""

    model_config = SettingsConfigDict(env_prefix="TTS_")

    language: Language = Field(default="en-US", description="Of a text that comes without one (BCP 47)")
    voices_dir: Path | None = Field(default=None, description="Voices of piper; None: `voices` in the data directory")
    max_concurrent: int = Field(default=2, ge=1, le=64, description="Sentences that a process makes at once")
    max_waiting: int = Field(default=16, ge=0, le=1000, description="Texts beyond those that wait for their turn")
    sentence_seconds: float = Field(default=30.0, gt=0, le=600, description="Longest an engine has for a sentence")
    idle_seconds: float = Field(default=120.0, gt=0, le=86_400, description="An engine without work ends after it")
    cache_mb: int = Field(default=256, ge=0, le=1_000_000, description="Speech kept on disk; 0 keeps none")
