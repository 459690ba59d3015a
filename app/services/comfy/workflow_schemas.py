"""What goes over the wire about workflows that are kept."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from app.services.comfy.schemas import Graph, Strict, WorkflowName


class WorkflowIn(Strict):
    """A workflow in ComfyUI's API format."""

    name: WorkflowName = Field(examples=["portrait"])
    workflow: Graph


class WorkflowHead(BaseModel):
    """A workflow that is kept."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    created_at: datetime
    updated_at: datetime


class WorkflowOut(WorkflowHead):
    """The same with its nodes."""

    workflow: dict[str, Any] = Field(validation_alias="graph")
