"""What goes over the wire to steer indexing."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from app.services.rag.schemas import SourceOut, Text

Id = Annotated[int, Field(ge=1, le=2**63 - 1)]


class Which(BaseModel):
    """One source, or all of them."""

    model_config = ConfigDict(extra="forbid")

    source: Text | None = Field(default=None, description="Name or id of a source; all if left out")


class Requeue(Which):
    """Which failed files get another chance."""

    ids: Annotated[list[Id], Field(min_length=1, max_length=1000)] | None = Field(
        default=None, description="Ids from the list of failures; all if left out"
    )


class Reindex(Which):
    """What is to be looked at again."""

    force: bool = Field(default=False, description="Chunk and embed everything anew, also what did not change")


class FailureOut(BaseModel):
    """A file that is not indexed, and why."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    source: str
    path: str
    size: int
    reason: str = Field(examples=["binary content"])
    attempts: int
    parked: bool = Field(description="A worker gave up on it; false when its content is not indexed by rule")
    changed_at: datetime


class Requeued(BaseModel):
    """How many files got another chance."""

    requeued: int


class Job(BaseModel):
    """Work that goes on in the background; GET /api/rag/indexing says how far it is."""

    job_id: str
    force: bool
    sources: list[SourceOut]
    status_url: str = "/api/rag/indexing"
