"""Adding and forgetting sources."""

import asyncio
from pathlib import Path
from uuid import UUID

from app.core.access import Caller
from app.core.paths import PathRefused, within
from app.db.listening import notify
from app.services.rag import repository
from app.services.rag.channels import SCAN, tell_changed
from app.services.rag.errors import PathNotAllowed, SourceExists
from app.services.rag.progress import SourceProgress
from app.services.rag.schemas import SourceIn
from app.services.rag.service import Rag
from app.services.rag.settings import RagSettings


def allowed_directory(path: str, settings: RagSettings) -> Path:
    """Return the real directory behind `path`.

    Raises:
        PathNotAllowed: It is outside the allowed roots (also by a symbolic link), or no readable directory. Both are
            told alike, so that nobody learns what exists outside.
    """
    roots = [settings.watch_root, *(Path(root).expanduser() for root in settings.allowed_roots)]
    try:
        real = within(Path(path).expanduser(), roots)
        if real.is_dir():
            return real
    except (PathRefused, RuntimeError):  # RuntimeError: there is no home of that name
        pass
    raise PathNotAllowed("path is no directory inside the watch root or RAG_ALLOWED_ROOTS; add its parent there.")


async def add(rag: Rag, caller: Caller, settings: RagSettings, source: SourceIn) -> SourceProgress:
    """Make a source of a directory and ask for its first scan.

    Raises:
        PathNotAllowed: See `allowed_directory`; or it is to be private and lies in what everybody sees.
        SourceExists: The name or the directory is taken, among what is shared or what the caller keeps private.
    """
    directory = await asyncio.to_thread(allowed_directory, source.path, settings)
    if source.visibility == "private":
        for known in (await rag.sources(caller)).sources:
            if known.visibility == "shared" and known.path and directory.is_relative_to(known.path):
                raise PathNotAllowed(
                    f"path lies in the source {known.name!r}, which is shared: keep what is private outside of it."
                )
    values = {**source.model_dump(), "path": str(directory), "owner_id": caller.user_id}
    async with rag.database.transaction() as session:
        made = await repository.add_source(session, values)
        if made is None:
            raise SourceExists(f"A source named {source.name!r}, or one for this directory, exists already.")
        await notify(session, SCAN)
        await tell_changed(session, made, None)
    await rag.refresh()
    return (await rag.sources(caller, str(made))).sources[0]


async def delete(rag: Rag, caller: Caller, wanted: str) -> SourceProgress:
    """Delete a source with its files and chunks, and return what it was.

    Raises:
        UnknownSource: There is none, or it is private to somebody else.
    """
    source = (await rag.sources(caller, wanted)).sources[0]
    async with rag.database.transaction() as session:
        await repository.delete_source(session, source.id)
        await notify(session, SCAN)
        await tell_changed(session, source.id, None)
    await rag.refresh()
    return source


async def delete_private(rag: Rag, owner_id: UUID) -> None:
    """Delete everything that is private to an account."""
    async with rag.database.transaction() as session:
        ids = await repository.private_sources(session, owner_id)
        for source in ids:
            await repository.delete_source(session, source)
            await tell_changed(session, source, None)
        await notify(session, SCAN)
    await rag.refresh()
