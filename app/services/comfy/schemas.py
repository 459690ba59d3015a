"""What goes over the wire about pictures and jobs."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

FileName = Annotated[str, StringConstraints(min_length=1, max_length=255, pattern=r"^[^\x00-\x1f]+$")]
Prompt = Annotated[str, StringConstraints(max_length=20_000, pattern=r"^[^\x00]*$")]
NodeId = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f]+$")]
WorkflowName = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[\w][\w .()-]*$")]


class Strict(BaseModel):
    """What comes in: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


class Node(Strict):
    """One node of a workflow in ComfyUI's API format; an input is a value, or `[node, output]`."""

    class_type: str = Field(min_length=1, max_length=200, examples=["SaveImage"])
    inputs: dict[str, Any] = Field(default={}, max_length=200)
    meta: dict[str, Any] | None = Field(default=None, alias="_meta")


Graph = Annotated[dict[NodeId, Node], Field(min_length=1, max_length=1000)]


class Lora(Strict):
    """A small model that changes the large one."""

    name: FileName
    strength: float = Field(default=1.0, ge=-10, le=10)
    clip_strength: float | None = Field(default=None, ge=-10, le=10, description="Left out, as `strength`")


class GenerateRequest(Strict):
    """A picture from words, or a workflow of your own: sent along, or one that is kept under `workflow_name`."""

    prompt: Prompt | None = Field(default=None, examples=["a red fox in the snow"])
    negative_prompt: Prompt = ""
    width: int = Field(default=1024, ge=16, le=8192, multiple_of=8)
    height: int = Field(default=1024, ge=16, le=8192, multiple_of=8)
    steps: int = Field(default=20, ge=1, le=500)
    cfg: float = Field(default=7.0, ge=0, le=100)
    seed: int | None = Field(default=None, ge=0, lt=2**63, description="Left out, one is drawn")
    batch_size: int = Field(default=1, ge=1, le=16)
    checkpoint: FileName | None = Field(default=None, description="Left out, the first there is")
    loras: Annotated[list[Lora], Field(max_length=16)] = []
    sampler: FileName = "euler"
    scheduler: FileName = "normal"
    workflow: Graph | None = None
    workflow_name: WorkflowName | None = None

    @model_validator(mode="before")
    @classmethod
    def in_api_format(cls, sent: Any) -> Any:  # noqa: ANN401 - anything may be sent
        """Tell a workflow that was saved for the editor from one that can be run."""
        match sent:
            case {"workflow": {"nodes": list()}}:
                raise ValueError("`workflow` is in the editor's format: export it with 'Export (API)'")
        return sent

    @model_validator(mode="after")
    def one_of_them(self) -> Self:
        """Look whether there is exactly one thing to make."""
        if sum(part is not None for part in (self.prompt, self.workflow, self.workflow_name)) != 1:
            raise ValueError("send one of `prompt`, `workflow` and `workflow_name`")
        return self


class Queued(BaseModel):
    """A job that ComfyUI has taken."""

    prompt_id: UUID
    seed: int | None = Field(description="With which the same picture comes again; null for workflows of your own")


class JobState(StrEnum):
    """How far a job is; the last four are final."""

    queued = "queued"
    running = "running"
    done = "done"
    failed = "failed"
    interrupted = "interrupted"
    lost = "lost"

    @property
    def final(self) -> bool:
        """Whether it stays so."""
        return self not in (JobState.queued, JobState.running)


class Image(BaseModel):
    """A file that a job made."""

    model_config = ConfigDict(from_attributes=True)

    filename: str = Field(examples=["reynard_00001_.png"])
    subfolder: str = ""
    type: str = Field(default="output", examples=["output"])


class Progress(BaseModel):
    """How far the node is that runs."""

    node: str
    value: float
    max: float


class JobOut(BaseModel):
    """A job."""

    id: UUID
    state: JobState
    created_at: datetime
    progress: Progress | None = None
    images: list[Image] = []
    reason: str | None = Field(default=None, description="Why it did not come to its end")


class QueueOut(BaseModel):
    """ComfyUI's queue: how long it is, and which of its jobs are the caller's."""

    running: int
    pending: int
    mine: list[UUID]


class Interrupt(Strict):
    """Which job to stop, running or not."""

    prompt_id: UUID


class Uploaded(BaseModel):
    """A picture that workflows may load; `name` is what LoadImage takes."""

    name: str
    subfolder: str
    type: str


class ModelsOut(BaseModel):
    """The names that `generate` takes."""

    checkpoints: list[str]
    loras: list[str]
    samplers: list[str]
    schedulers: list[str]
