"""ComfyUI as a service."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

import httpx2

from app.core.adapter import Neighbour, checker, opener
from app.core.registry import Context, ServiceNotRunning
from app.core.settings import Settings
from app.db.database import Database
from app.services.comfy.adapter import Comfy
from app.services.comfy.jobs import Jobs
from app.services.comfy.settings import ComfySettings
from app.services.comfy.socket import listen
from app.services.comfy.workflows import Workflows

CONNECTIONS = 30
"""Requests to ComfyUI at once, files included; more wait."""


class ComfyService(Comfy):
    """ComfyUI with the jobs and workflows of users; `database` returns where those are recorded."""

    def __init__(
        self,
        client: httpx2.AsyncClient,
        neighbour: Neighbour,
        *,
        database: Callable[[], Database],
        settings: ComfySettings,
    ) -> None:
        super().__init__(client, neighbour)
        self.jobs = Jobs(self, database, settings.max_jobs)
        self.workflows = Workflows(database, settings.max_workflows)


def neighbour(settings: Settings) -> Neighbour:
    """Return where ComfyUI is."""
    mine = settings.of(ComfySettings)
    return Neighbour(
        "ComfyUI",
        "COMFY_BASE_URL",
        mine.base_url,
        configured="base_url" in mine.model_fields_set,
        connections=CONNECTIONS,
    )


@asynccontextmanager
async def open_comfy(context: Context) -> AsyncIterator[ComfyService]:
    """Open ComfyUI, and listen to it; its status is told without a database, jobs are not."""

    def database() -> Database:
        try:
            return context.get("main_database", Database)
        except LookupError as error:
            raise ServiceNotRunning(f"Jobs are recorded in the main database: {error}.") from error

    made = partial(ComfyService, database=database, settings=context.settings.of(ComfySettings))
    async with opener(made, neighbour)(context) as comfy:
        listening = asyncio.create_task(listen(comfy.neighbour.url, comfy.client_id, comfy.board, comfy.jobs.reconcile))
        try:
            yield comfy
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)


check_comfy = checker(Comfy, neighbour)
