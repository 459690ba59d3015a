"""Every query of the jobs and workflows."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.services.comfy.models import ComfyJob, ComfyWorkflow

UNFINISHED = ("queued", "running")


async def add_job(session: AsyncSession, job_id: UUID, owner_id: UUID) -> ComfyJob:
    """Record whose a job is."""
    job = ComfyJob(id=job_id, owner_id=owner_id)
    session.add(job)
    await session.flush()
    await session.refresh(job)
    return job


async def job_of(session: AsyncSession, job_id: UUID, owner_id: UUID) -> ComfyJob | None:
    """Return a job of this owner."""
    return await session.scalar(select(ComfyJob).where(ComfyJob.id == job_id, ComfyJob.owner_id == owner_id))


async def jobs_of(session: AsyncSession, owner_id: UUID, limit: int, offset: int) -> tuple[Sequence[ComfyJob], int]:
    """Return jobs of this owner, the newest first, and how many there are."""
    mine = select(ComfyJob).where(ComfyJob.owner_id == owner_id)
    total = await session.scalar(select(func.count()).select_from(ComfyJob).where(ComfyJob.owner_id == owner_id))
    found = await session.scalars(mine.order_by(ComfyJob.created_at.desc(), ComfyJob.id).limit(limit).offset(offset))
    return found.all(), total or 0


async def unfinished_of(session: AsyncSession, owner_id: UUID) -> Sequence[UUID]:
    """Return the jobs of this owner that were not at their end when we last looked, the oldest first."""
    mine = select(ComfyJob.id).where(ComfyJob.owner_id == owner_id, ComfyJob.state.in_(UNFINISHED))
    return (await session.scalars(mine.order_by(ComfyJob.created_at))).all()


async def finish_job(
    session: AsyncSession, job_id: UUID, state: str, images: list[dict[str, Any]], reason: str | None
) -> None:
    """Record what became of a job; the first to know it writes it."""
    await session.execute(
        update(ComfyJob)
        .where(ComfyJob.id == job_id, ComfyJob.state.in_(UNFINISHED))
        .values(state=state, images=images, reason=reason)
    )


async def image_of(session: AsyncSession, owner_id: UUID, image: dict[str, str]) -> bool:
    """Whether a job of this owner made this file."""
    made = select(ComfyJob.id).where(ComfyJob.owner_id == owner_id, ComfyJob.images.contains([image])).limit(1)
    return await session.scalar(made) is not None


async def workflow_of(session: AsyncSession, name: str, owner_id: UUID) -> ComfyWorkflow | None:
    """Return the workflow that this owner keeps under the name."""
    return await session.scalar(
        select(ComfyWorkflow).where(ComfyWorkflow.name == name, ComfyWorkflow.owner_id == owner_id)
    )


async def workflows_of(
    session: AsyncSession, owner_id: UUID, limit: int, offset: int
) -> tuple[Sequence[ComfyWorkflow], int]:
    """Return workflows of this owner by name, and how many there are."""
    mine = select(ComfyWorkflow).where(ComfyWorkflow.owner_id == owner_id)
    found = await session.scalars(mine.order_by(ComfyWorkflow.name).limit(limit).offset(offset))
    return found.all(), await count_workflows(session, owner_id)


async def count_workflows(session: AsyncSession, owner_id: UUID) -> int:
    """Return how many workflows this owner keeps."""
    counted = select(func.count()).select_from(ComfyWorkflow).where(ComfyWorkflow.owner_id == owner_id)
    return await session.scalar(counted) or 0


async def keep_workflow(session: AsyncSession, name: str, owner_id: UUID, graph: dict[str, Any]) -> ComfyWorkflow:
    """Keep a workflow under a name, in place of the one that was there."""
    values = {"name": name, "owner_id": owner_id, "graph": graph}
    kept = insert(ComfyWorkflow).values(values)
    replaced = kept.on_conflict_do_update(
        constraint="uq_comfy_workflows_owner_id_name", set_={"graph": graph, "updated_at": func.now()}
    )
    found = await session.scalars(replaced.returning(ComfyWorkflow), execution_options={"populate_existing": True})
    return found.one()


async def delete_workflow(session: AsyncSession, name: str, owner_id: UUID) -> ComfyWorkflow | None:
    """Delete the workflow that this owner keeps under the name, and return it."""
    gone = delete(ComfyWorkflow).where(ComfyWorkflow.name == name, ComfyWorkflow.owner_id == owner_id)
    return (await session.scalars(gone.returning(ComfyWorkflow))).one_or_none()
