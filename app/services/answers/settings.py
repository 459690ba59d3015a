"""Which model answers, and how much it reads."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from app.core.settings import Slice


class AnswerSettings(Slice):
    """Settings of answers."""

    model_config = SettingsConfigDict(env_prefix="RAG_ANSWER_", protected_namespaces=())

    model: str | None = Field(default=None, description="Ollama's model that answers; None: the one pulled last")
    prompt_characters: int = Field(
        default=16_000, ge=1000, le=400_000, description="Characters of passages that a model is given"
    )
