"""Tables of jobs and of workflows that are kept."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Identity, Index, Text, UniqueConstraint, Uuid, func, text
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import MainBase

TIMESTAMPTZ = TIMESTAMP(timezone=True)


class ComfyJob(MainBase):
    """Whose a job of ComfyUI is and, once that is known, what became of it; `id` is ComfyUI's."""

    __tablename__ = "comfy_jobs"
    __table_args__ = (Index("ix_comfy_jobs_owner_id", "owner_id", "created_at"),)

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    owner_id: Mapped[UUID] = mapped_column(Uuid)
    state: Mapped[str] = mapped_column(Text, server_default=text("'queued'"))
    images: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    reason: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(TIMESTAMPTZ, server_default=func.now())


class ComfyWorkflow(MainBase):
    """A workflow that somebody keeps under a name."""

    __tablename__ = "comfy_workflows"
    __table_args__ = (UniqueConstraint("owner_id", "name", name="uq_comfy_workflows_owner_id_name"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    owner_id: Mapped[UUID] = mapped_column(Uuid)
    name: Mapped[str] = mapped_column(Text)
    graph: Mapped[dict[str, Any]] = mapped_column(JSONB)
    created_at: Mapped[datetime] = mapped_column(TIMESTAMPTZ, server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(TIMESTAMPTZ, server_default=func.now())
