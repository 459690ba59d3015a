"""What goes over the wire about models."""

from datetime import datetime

from pydantic import BaseModel, Field

from app.services.ollama.schemas import ModelName, Strict


class Model(BaseModel):
    """One model."""

    name: str = Field(examples=["llama3.2:latest"])
    family: str | None = Field(examples=["llama"])
    parameters: str | None = Field(description="How many", examples=["3.2B"])
    quantization: str | None = Field(examples=["Q4_K_M"])
    size: int | None = Field(description="Bytes on disk")
    digest: str | None
    modified_at: datetime | None
    talks: bool = Field(description="false: it embeds")


class ModelDetail(Model):
    """All that is told about one model."""

    capabilities: list[str] = Field(examples=[["completion", "tools"]])
    context_length: int | None = Field(description="Tokens it reads and writes at most")
    embedding_length: int | None
    template: str | None
    licence: str | None = Field(description="The first 2,000 characters")


class PullRequest(Strict):
    """A model to download."""

    model: ModelName = Field(examples=["llama3.2"])
    stream: bool | None = Field(default=None, description="Left out: a stream if Accept asks for one")


class Pulled(BaseModel):
    """A model that is there now; also the `done` event."""

    model: str


class Progress(BaseModel):
    """How far a download is; also the `progress` event. Bytes of the part that `digest` names."""

    status: str = Field(examples=["pulling manifest"])
    digest: str | None = None
    total: int | None = None
    completed: int | None = None
