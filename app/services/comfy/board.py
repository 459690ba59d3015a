"""What one process knows of the jobs it follows: their events in order, each with a number."""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from app.services.comfy.schemas import Image, JobState, Progress

MOST_JOBS = 500
"""Of which events are kept; the one that changed least recently goes first, and its history tells the rest."""

MOST_EVENTS = 2000
"""Of one job: 500 steps make about 1,000. Where there are more, the oldest go."""

MOST_IMAGES = 1000


@dataclass
class Job:
    """One job as its events tell it.

    Attributes:
        events: The last of them; `id` counts from 1.
        told: How many there were.
        changed: Set, and replaced, with each event.
    """

    state: JobState = JobState.queued
    progress: Progress | None = None
    images: list[Image] = field(default_factory=list)
    reason: str | None = None
    events: list[dict[str, Any]] = field(default_factory=list)
    told: int = 0
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        """Begin with an event, so that a stream has one at once."""
        self.tell("queued")

    def tell(self, kind: str, **fields: Any) -> None:  # noqa: ANN401 - JSON
        """Add an event, and wake whoever waits for it."""
        self.told += 1
        self.events.append({"type": kind, "id": self.told, **fields})
        del self.events[:-MOST_EVENTS]
        changed, self.changed = self.changed, asyncio.Event()
        changed.set()

    def since(self, last: int) -> list[dict[str, Any]]:
        """Return the events after number `last`; all, where this process never told as many."""
        return [event for event in self.events if event["id"] > (last if last <= self.told else 0)]

    def end(self, state: JobState, reason: str | None = None) -> None:
        """Note how the job ended, once."""
        if self.state.final:
            return
        self.state, self.reason, self.progress = state, reason, None
        if state is JobState.done:
            self.tell("done", state=state, images=[image.model_dump() for image in self.images])
        else:
            self.tell("error", code="job_failed", state=state, detail=reason or "The job did not come to its end.")


class Board:
    """The jobs of this process."""

    def __init__(self) -> None:
        self._jobs: OrderedDict[UUID, Job] = OrderedDict()

    def get(self, job: UUID) -> Job | None:
        """Return a job that is known here."""
        return self._jobs.get(job)

    def of(self, job: UUID) -> Job:
        """Return a job, from now on known here."""
        found = self._jobs.setdefault(job, Job())
        self._jobs.move_to_end(job)
        while len(self._jobs) > MOST_JOBS:
            self._jobs.popitem(last=False)
        return found

    def forget(self, job: UUID) -> None:
        """Drop a job that was never queued."""
        self._jobs.pop(job, None)

    def unfinished(self) -> list[UUID]:
        """Return the jobs that are not at their end."""
        return [name for name, job in self._jobs.items() if not job.state.final]

    def heard(self, kind: str, data: Mapping[str, Any]) -> None:
        """Note a message of ComfyUI's WebSocket; what concerns no job that is known here is dropped."""
        try:
            job = self._jobs.get(UUID(str(data.get("prompt_id"))))
        except ValueError:
            return
        if job is not None and not job.state.final:
            take(job, kind, data)


def take(job: Job, kind: str, data: Mapping[str, Any]) -> None:
    """Note a message about a job."""
    match kind:
        case "execution_start":
            start(job)
        case "execution_cached":
            job.tell("cached", nodes=[str(name)[:100] for name in list_of(data.get("nodes"))])
        case "execution_success":
            job.end(JobState.done)
        case "execution_error":
            job.end(JobState.failed, why(data))
        case "execution_interrupted":
            job.end(JobState.interrupted, "The job was interrupted.")
        case "progress_state":
            running(job, data)
        case _:
            take_of_node(job, kind, str(data.get("node") or "")[:100], data)


def take_of_node(job: Job, kind: str, node: str, data: Mapping[str, Any]) -> None:
    """Note a message about one node of a job."""
    match kind:
        case "executing" if node:
            start(job)
            job.tell("executing", node=node)
        case "progress" if (progress := progress_of(node, data)) is not None:
            start(job)
            if progress != job.progress:
                job.progress = progress
                job.tell("progress", **progress.model_dump())
        case "executed":
            made = images_in(data.get("output"))
            job.images = (job.images + made)[:MOST_IMAGES]
            job.tell("executed", node=node, images=[image.model_dump() for image in made])


def start(job: Job) -> None:
    """Note that a job runs."""
    if job.state is JobState.queued:
        job.state = JobState.running
        job.tell("started")


def running(job: Job, data: Mapping[str, Any]) -> None:
    """Note how far the nodes are that run; every process is told, not only the one whose job it is."""
    nodes = data.get("nodes")
    for name, state in nodes.items() if isinstance(nodes, dict) else ():
        if isinstance(state, dict) and state.get("state") == "running":
            take(job, "progress", {"node": name, **state})


def progress_of(node: str, data: Mapping[str, Any]) -> Progress | None:
    """Return how far a node is."""
    match data:
        case {"value": int() | float() as value, "max": int() | float() as most}:
            return Progress(node=node, value=value, max=most)
    return None


def images_in(output: object) -> list[Image]:
    """Return the files that a node made, whatever it calls them: images, gifs, audio."""
    found = []
    for files in output.values() if isinstance(output, dict) else ():
        for file in list_of(files):
            match file:
                case {"filename": str(name), "subfolder": str(folder), "type": str(kind)}:
                    found.append(Image(filename=name, subfolder=folder, type=kind))
    return found[:MOST_IMAGES]


def list_of(value: object) -> list[Any]:
    """Return the value where it is a list, else none."""
    return value if isinstance(value, list) else []


def why(data: Mapping[str, Any]) -> str:
    """Return why a node failed: which, and the kind of error; its message may hold paths."""
    kind = str(data.get("exception_type") or "an error").rpartition(".")[2][:100]
    node = str(data.get("node_type") or "?")[:100]
    return f"The node {data.get('node_id', '?')} ({node}) failed with {kind}; the log of ComfyUI says more."
