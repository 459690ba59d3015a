"""Jobs: queued, followed, stopped, and found again after a restart of either side."""

import asyncio
import secrets
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

from app.db.database import Database
from app.services.comfy import repository
from app.services.comfy.adapter import Comfy
from app.services.comfy.board import Job, images_in, why
from app.services.comfy.errors import ComfyAway, ComfyFailed, TooManyJobs, UnknownImage, UnknownJob, UnknownWorkflow
from app.services.comfy.graph import sent, text_to_image
from app.services.comfy.models import ComfyJob
from app.services.comfy.names import checked, names
from app.services.comfy.schemas import GenerateRequest, Image, JobOut, JobState, Queued

LOOK_SECONDS = 2.0
"""How often a job that says nothing is looked for: another process may be the one that ComfyUI tells."""

LOST_LOOKS = 3
"""How often a job is in neither queue nor history before it is lost: one look may fall between the two."""

PLACES = 2**63


class Jobs:
    """Jobs of users at a ComfyUI; `database` returns where they are recorded."""

    def __init__(self, comfy: Comfy, database: Callable[[], Database], most: int) -> None:
        self.comfy = comfy
        self.database = database
        self._most = most

    async def generate(self, request: GenerateRequest, owner: UUID) -> Queued:
        """Queue what was asked for.

        Raises:
            WorkflowRefused: A name is unknown, or a node cannot work so.
            UnknownWorkflow: The caller keeps none of that name.
            TooManyJobs: The caller has as many as are allowed.
            ComfyAway, ComfyFailed: ComfyUI does not serve us.
        """
        if len(await self.unfinished(owner)) >= self._most:
            raise TooManyJobs(f"You have {self._most} jobs that wait or run: let one end, or interrupt it.")
        graph, seed = await self._graph(request, owner)
        job = await self.comfy.submit(graph)
        try:
            async with self.database().transaction() as session:
                await repository.add_job(session, job, owner)
        except BaseException:  # also when cancelled: nobody could ask for a job that has no owner
            with suppress(ComfyAway, ComfyFailed):
                await asyncio.shield(self.comfy.stop(job, running=False))
            raise
        return Queued(prompt_id=job, seed=seed)

    async def _graph(self, request: GenerateRequest, owner: UUID) -> tuple[Mapping[str, Any], int | None]:
        if request.workflow is not None:
            return sent(request.workflow), None
        if request.workflow_name is not None:
            async with self.database().transaction() as session:
                kept = await repository.workflow_of(session, request.workflow_name, owner)
            if kept is None:
                raise UnknownWorkflow(f"You keep no workflow named {request.workflow_name!r}.")
            return kept.graph, None
        checkpoint = checked(request, await names(self.comfy))
        seed = secrets.randbelow(PLACES) if request.seed is None else request.seed
        return text_to_image(request, checkpoint, seed), seed

    async def unfinished(self, owner: UUID) -> list[UUID]:
        """Return the jobs of the caller that wait or run, having looked at each."""
        async with self.database().transaction() as session:
            found = await repository.unfinished_of(session, owner)
        if not found:
            return []
        waiting = set().union(*await self.comfy.queue())
        for job in found:
            if job not in waiting:
                await self.look(job)
        async with self.database().transaction() as session:
            return list(await repository.unfinished_of(session, owner))

    async def job(self, job_id: UUID, owner: UUID) -> JobOut:
        """Return a job of the caller.

        Raises:
            UnknownJob: The caller has none of that id.
            ComfyAway, ComfyFailed: Its state is not known, and ComfyUI does not tell.
        """
        row = await self.row(job_id, owner)
        if not JobState(row.state).final:
            await self.look(job_id)
            row = await self.row(job_id, owner)
        return shown(row, self.comfy.board.get(job_id))

    async def of(self, owner: UUID, limit: int, offset: int) -> tuple[list[JobOut], int]:
        """Return jobs of the caller as they are known, the newest first, and how many there are."""
        async with self.database().transaction() as session:
            rows, total = await repository.jobs_of(session, owner, limit, offset)
        return [shown(row, self.comfy.board.get(row.id)) for row in rows], total

    async def row(self, job_id: UUID, owner: UUID) -> ComfyJob:
        """Return what is recorded of a job of the caller.

        Raises:
            UnknownJob: The caller has none of that id.
        """
        async with self.database().transaction() as session:
            row = await repository.job_of(session, job_id, owner)
        if row is None:
            raise UnknownJob("You have no job of that id.")
        return row

    async def look(self, job_id: UUID) -> Job:
        """Ask ComfyUI how far a job is, if its end is not known here, and record an end.

        Raises:
            ComfyAway, ComfyFailed: ComfyUI does not tell.
        """
        job = self.comfy.board.of(job_id)
        for look in range(LOST_LOOKS):
            if job.state.final or await self._found(job_id, job):
                break
            if look < LOST_LOOKS - 1:
                await asyncio.sleep(0.05)
        else:
            job.end(JobState.lost, "ComfyUI does not know the job any more: it was restarted. Queue it again.")
        if job.state.final:
            await self._record(job_id, job)
        return job

    async def _found(self, job_id: UUID, job: Job) -> bool:
        """Whether ComfyUI knows the job; its end is noted."""
        running, pending = await self.comfy.queue()
        if job_id in running or job_id in pending:
            if job_id in running and job.state is JobState.queued:
                job.state = JobState.running
                job.tell("started")
            return True
        kept = await self.comfy.history(job_id)
        if kept is not None:
            ended(job, kept)
        return kept is not None

    async def _record(self, job_id: UUID, job: Job) -> None:
        images = [image.model_dump() for image in job.images]
        async with self.database().transaction() as session:
            await repository.finish_job(session, job_id, job.state, images, job.reason)

    async def follow(self, job_id: UUID, last: int) -> AsyncGenerator[dict[str, Any], None]:
        """Yield the events of a job after number `last`, and as they come; the last is `done` or `error`."""
        job = self.comfy.board.of(job_id)
        while True:
            changed = job.changed
            for event in job.since(last):
                last = event["id"]
                if event["type"] in ("done", "error"):
                    await self._record(job_id, job)
                    yield event
                    return
                yield event
            if job.state.final:
                return
            try:
                async with asyncio.timeout(LOOK_SECONDS):
                    await changed.wait()
            except TimeoutError:
                with suppress(ComfyAway, ComfyFailed):  # it may be back at the next look
                    await self.look(job_id)

    async def interrupt(self, job_id: UUID, owner: UUID) -> JobOut:
        """Stop a job of the caller, running or not.

        Raises:
            UnknownJob: The caller has none of that id.
            ComfyAway, ComfyFailed: ComfyUI does not serve us.
        """
        await self.row(job_id, owner)
        running, pending = await self.comfy.queue()
        if job_id in pending:
            await self.comfy.stop(job_id, running=False)
            self.comfy.board.of(job_id).end(JobState.interrupted, "The job was taken out of the queue.")
        elif job_id in running:
            await self.comfy.stop(job_id, running=True)
        return await self.job(job_id, owner)

    async def image(self, image: Image, owner: UUID) -> AsyncGenerator[bytes, None]:
        """Return the pieces of a file that a job of the caller made.

        Raises:
            UnknownImage: None did.
        """
        async with self.database().transaction() as session:
            made = await repository.image_of(session, owner, image.model_dump())
        if not made:
            await self.unfinished(owner)  # one that ended a moment ago may not be recorded yet
            async with self.database().transaction() as session:
                made = await repository.image_of(session, owner, image.model_dump())
        if not made:
            raise UnknownImage("No job of yours made a file of that name.")
        return self.comfy.image(image)

    async def reconcile(self) -> None:
        """Look at all jobs that are not at their end: what was said while nobody listened is not said again."""
        for job in self.comfy.board.unfinished():
            with suppress(ComfyAway, ComfyFailed):
                await self.look(job)


def ended(job: Job, kept: Mapping[str, Any]) -> None:
    """Note the end of a job as ComfyUI's history tells it."""
    outputs = kept.get("outputs")
    job.images = [
        image for output in (outputs.values() if isinstance(outputs, dict) else ()) for image in images_in(output)
    ]
    match kept.get("status"):
        case {"status_str": "error", "messages": list(messages)}:
            job.end(*failure(messages))
        case _:
            job.end(JobState.done)


def failure(messages: Sequence[Any]) -> tuple[JobState, str]:
    """Return how a job failed, by the messages that ComfyUI keeps."""
    for message in reversed(messages):
        match message:
            case ["execution_interrupted", _]:
                return JobState.interrupted, "The job was interrupted."
            case ["execution_error", dict(data)]:
                return JobState.failed, why(data)
    return JobState.failed, "The job failed; the log of ComfyUI says why."


def shown(row: ComfyJob, live: Job | None) -> JobOut:
    """Return a job: what is recorded once it is at its end, what was heard of it before."""
    state = JobState(row.state)
    if state.final or live is None:
        images = [Image(**image) for image in row.images]
        return JobOut(id=row.id, state=state, created_at=row.created_at, images=images, reason=row.reason)
    return JobOut(
        id=row.id,
        state=live.state,
        created_at=row.created_at,
        progress=live.progress,
        images=live.images,
        reason=live.reason,
    )
