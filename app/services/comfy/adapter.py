"""ComfyUI over HTTP."""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid4

import httpx2

from app.core.adapter import Adapter, BadAnswer, Neighbour, NeighbourError, ask
from app.core.adapter.client import address_of, check_status, faults_in_words
from app.services.comfy.board import Board
from app.services.comfy.errors import UnknownImage
from app.services.comfy.refusals import in_words
from app.services.comfy.schemas import Image, Uploaded

MAX_GREETING_BYTES = 64 * 1024
MAX_VERSION = 40
"""Characters of a version that are shown."""

SECONDS = 15.0
"""For one question: ComfyUI answers between two steps of a picture, and looking at all its nodes takes seconds."""

MAX_OBJECT_BYTES = 32 * 1024 * 1024
"""Of what it tells about all nodes: 2 MB as it comes, 20 MB with hundreds of custom ones."""

MAX_IMAGE_BYTES = 512 * 1024 * 1024
"""Of one file; a film may be long."""


class Comfy(Adapter):
    """The adapter of ComfyUI.

    Attributes:
        client_id: Under which ComfyUI sends what our jobs do: one for each process.
        board: What is known of the jobs of this process.
    """

    def __init__(self, client: httpx2.AsyncClient, neighbour: Neighbour) -> None:
        super().__init__(client, neighbour)
        self.client_id = uuid4().hex
        self.board = Board()

    async def greet(self, seconds: float) -> str:
        """Return the version of ComfyUI."""
        match await ask(self.client, "GET", "/system_stats", seconds=seconds, max_bytes=MAX_GREETING_BYTES):
            case {"system": {"comfyui_version": str(version)}}:
                return version[:MAX_VERSION]
            case {"system": {"os": str()}}:
                return "of an unknown version"
        raise BadAnswer("what answers there is not ComfyUI", 200)

    async def submit(self, graph: Mapping[str, Any]) -> UUID:
        """Queue a workflow and return the id of the job.

        Raises:
            WorkflowRefused: A node cannot work so.
            ComfyAway, ComfyFailed: ComfyUI does not serve us.
        """
        job = uuid4()
        self.board.of(job)  # what it does may be heard before it was answered that it is queued
        body = {"prompt": graph, "client_id": self.client_id, "prompt_id": str(job)}
        try:
            answer = await self.asked("POST", "/prompt", body)
        except BaseException:  # also when cancelled; it is passed on
            self.board.forget(job)
            raise
        match answer:
            case {"prompt_id": str(given)}:
                queued = uuid_of(given)
                self.board.of(queued)
                return queued
        raise in_words(BadAnswer("ComfyUI queues in an unknown form", httpx2.codes.OK))

    async def history(self, job: UUID) -> Mapping[str, Any] | None:
        """Return what ComfyUI keeps of a job that ended; None if it knows none of that id.

        Raises:
            ComfyAway, ComfyFailed: ComfyUI does not serve us.
        """
        answer = await self.asked("GET", f"/history/{job}")
        found = answer.get(str(job)) if isinstance(answer, dict) else None
        return found if isinstance(found, dict) else None

    async def queue(self) -> tuple[list[UUID], list[UUID]]:
        """Return the jobs that run and those that wait, the next first.

        Raises:
            ComfyAway, ComfyFailed: ComfyUI does not serve us.
        """
        match await self.asked("GET", "/queue"):
            case {"queue_running": list(running), "queue_pending": list(pending)}:
                return ids(running), ids(sorted(pending, key=number))
        raise in_words(BadAnswer("ComfyUI tells of its queue in an unknown form", httpx2.codes.OK))

    async def stop(self, job: UUID, *, running: bool) -> None:
        """Interrupt a job that runs, or take one out of the queue.

        Raises:
            ComfyAway, ComfyFailed: ComfyUI does not serve us.
        """
        if running:
            await self.asked("POST", "/interrupt", {"prompt_id": str(job)})
        else:
            await self.asked("POST", "/queue", {"delete": [str(job)]})

    async def object_info(self, node: str | None = None) -> dict[str, Any]:
        """Return what a node takes and gives, or all nodes.

        Raises:
            ComfyAway, ComfyFailed: ComfyUI does not serve us.
        """
        path = "/object_info" if node is None else f"/object_info/{quote(node, safe='')}"
        answer = await self.asked("GET", path, max_bytes=MAX_OBJECT_BYTES)
        return answer if isinstance(answer, dict) else {}

    async def upload(self, name: str, content: bytes, media_type: str) -> Uploaded:
        """Put a picture where workflows load from; one of that name is replaced.

        Raises:
            ComfyAway, ComfyFailed: ComfyUI does not serve us.
        """
        async with told_in_words():
            where = address_of(self.client)
            with faults_in_words(where):
                response = await self.client.post(
                    "/upload/image",
                    data={"type": "input", "overwrite": "true"},
                    files={"image": (name, content, media_type)},
                    timeout=SECONDS,
                )
            await check_status(response, where, "/upload/image")
            match response.json():
                case {"name": str(given), "subfolder": str(subfolder), "type": str(kind)}:
                    return Uploaded(name=given, subfolder=subfolder, type=kind)
            raise BadAnswer("ComfyUI takes pictures in an unknown form", httpx2.codes.OK)

    async def image(self, image: Image) -> AsyncGenerator[bytes, None]:
        """Yield the pieces of a file as they come; close the iterator to end the request.

        Raises:
            UnknownImage: ComfyUI has it no more.
            ComfyAway, ComfyFailed: ComfyUI does not serve us, or the file is longer than MAX_IMAGE_BYTES.
        """
        where, total = address_of(self.client), 0
        parameters = {"filename": image.filename, "subfolder": image.subfolder, "type": image.type}
        async with told_in_words(missing=image.filename):
            with faults_in_words(where):
                async with self.client.stream("GET", "/view", params=parameters) as response:
                    await check_status(response, where, "/view")
                    async for piece in response.aiter_bytes():
                        total += len(piece)
                        if total > MAX_IMAGE_BYTES:
                            raise BadAnswer(f"{where} sent more than {MAX_IMAGE_BYTES} bytes", httpx2.codes.OK)
                        yield piece

    async def asked(self, method: str, path: str, body: object = None, *, max_bytes: int = MAX_OBJECT_BYTES) -> Any:  # noqa: ANN401 - JSON
        """Return the JSON of an answer; see `ask`.

        Raises:
            WorkflowRefused, ComfyAway, ComfyFailed: See there.
        """
        async with told_in_words():
            return await ask(self.client, method, path, body, seconds=SECONDS, max_bytes=max_bytes)


@asynccontextmanager
async def told_in_words(missing: str | None = None) -> AsyncIterator[None]:
    """Turn what goes wrong with ComfyUI into an error for the caller; `missing` is a file that may be gone."""
    try:
        yield
    except NeighbourError as error:
        if missing is not None and isinstance(error, BadAnswer) and error.status == httpx2.codes.NOT_FOUND:
            raise UnknownImage(f"ComfyUI has no file {missing!r} any more.") from error
        raise in_words(error) from error


def uuid_of(text: str) -> UUID:
    """Return the id of a job.

    Raises:
        ComfyFailed: It is none.
    """
    try:
        return UUID(text)
    except ValueError as error:
        raise in_words(BadAnswer("ComfyUI names a job in an unknown form", httpx2.codes.OK)) from error


def ids(entries: list[Any]) -> list[UUID]:
    """Return the ids in a part of the queue, whose entries are `[number, id, ...]`; others may queue under any name."""
    found = []
    for entry in entries:
        match entry:
            case [_, str(given), *_]:
                try:
                    found.append(UUID(given))
                except ValueError:
                    continue
    return found


def number(entry: Any) -> float:  # noqa: ANN401 - JSON
    """Return the number by which an entry of the queue is next."""
    match entry:
        case [int() | float() as place, *_]:
            return float(place)
    return 0.0
