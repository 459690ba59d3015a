"""Workflows that users keep under a name."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from app.db.database import Database
from app.services.comfy import repository
from app.services.comfy.errors import TooManyWorkflows, UnknownWorkflow
from app.services.comfy.models import ComfyWorkflow


class Workflows:
    """Keeps workflows, at most `most` for each user; `database` returns where."""

    def __init__(self, database: Callable[[], Database], most: int) -> None:
        self._database = database
        self._most = most

    async def keep(self, name: str, owner: UUID, graph: dict[str, Any]) -> ComfyWorkflow:
        """Keep a workflow, in place of the one of that name.

        Raises:
            TooManyWorkflows: The user keeps as many as are allowed.
        """
        async with self._database().transaction() as session:
            known = await repository.workflow_of(session, name, owner)
            if known is None and await repository.count_workflows(session, owner) >= self._most:
                raise TooManyWorkflows(f"You keep {self._most} workflows: delete one, or raise COMFY_MAX_WORKFLOWS.")
            return await repository.keep_workflow(session, name, owner, graph)

    async def named(self, name: str, owner: UUID) -> ComfyWorkflow:
        """Return a workflow of the user.

        Raises:
            UnknownWorkflow: The user keeps none of that name.
        """
        async with self._database().transaction() as session:
            return known(await repository.workflow_of(session, name, owner), name)

    async def of(self, owner: UUID, limit: int, offset: int) -> tuple[Sequence[ComfyWorkflow], int]:
        """Return workflows of the user by name, and how many there are."""
        async with self._database().transaction() as session:
            return await repository.workflows_of(session, owner, limit, offset)

    async def delete(self, name: str, owner: UUID) -> ComfyWorkflow:
        """Delete a workflow of the user and return it.

        Raises:
            UnknownWorkflow: The user keeps none of that name.
        """
        async with self._database().transaction() as session:
            return known(await repository.delete_workflow(session, name, owner), name)


def known(found: ComfyWorkflow | None, name: str) -> ComfyWorkflow:
    """Return what was found.

    Raises:
        UnknownWorkflow: Nothing was.
    """
    if found is None:
        raise UnknownWorkflow(f"You keep no workflow named {name!r}.")
    return found
