"""Steering the indexer: pause, failures, doing things again."""

from collections.abc import Sequence

from app.core.access import Caller
from app.db.listening import notify
from app.services.rag import control_repository as control
from app.services.rag import repository
from app.services.rag.channels import SCAN, WORK, tell_changed
from app.services.rag.control_repository import Failure
from app.services.rag.progress import SourceProgress
from app.services.rag.service import Rag


async def meant(rag: Rag, caller: Caller, wanted: str | None) -> list[int]:
    """Return the sources that an administrator's order is about: the one that is named, or every one.

    All are all, with what is private to others: they do not stay behind. Nothing of them is shown.

    Raises:
        UnknownSource: There is none of that name, or it is private to somebody else.
    """
    asked = await rag.sources(caller, wanted)
    return list(rag.progress.sources) if wanted is None else list(asked.ids)


def shown(rag: Rag, caller: Caller, source_ids: Sequence[int]) -> list[SourceProgress]:
    """Return those of these sources that the caller may see."""
    return [source for source in rag.known(source_ids) if source.seen_by(caller)]


async def pause(rag: Rag, caller: Caller, wanted: str | None, *, paused: bool) -> list[SourceProgress]:
    """Pause a source, or all, or let them go on; it holds until it is undone, also over restarts."""
    ids = await meant(rag, caller, wanted)
    async with rag.database.transaction() as session:
        await control.pause(session, ids, paused=paused)
        for source in ids:
            await tell_changed(session, source, None)
        await notify(session, WORK)
    await rag.refresh()
    return shown(rag, caller, ids)


async def failures(rag: Rag, caller: Caller, wanted: str | None, limit: int, offset: int) -> tuple[list[Failure], int]:
    """Return files that are not indexed and why, and how many there are; none that is private to others."""
    seen = (await rag.sources(caller, wanted)).ids
    return await control.failures(rag.database, seen, limit, offset)


async def requeue(rag: Rag, caller: Caller, wanted: str | None, ids: Sequence[int] | None) -> int:
    """Give failed files another chance; return how many. Only files that the caller may see can be named."""
    sources = await meant(rag, caller, wanted) if ids is None else (await rag.sources(caller, wanted)).ids
    async with rag.database.transaction() as session:
        touched = await control.requeue(session, sources, ids)
        await repository.request_scan(session, sorted(set(touched)))
        for source in sorted(set(touched)):
            await tell_changed(session, source, None)
        await notify(session, SCAN)
        await notify(session, WORK)
    await rag.refresh()
    return len(touched)


async def reindex(rag: Rag, caller: Caller, wanted: str | None, *, force: bool) -> tuple[str, list[SourceProgress]]:
    """Look at the disk now; with `force`, chunk and embed everything anew. Return a name for it, and the sources."""
    ids = await meant(rag, caller, wanted)
    async with rag.database.transaction() as session:
        if force:
            await control.index_again(session, ids)
        requested = await repository.request_scan(session, ids)
        for source in ids:
            await tell_changed(session, source, None)
        await notify(session, SCAN)
        await notify(session, WORK)
    await rag.refresh()
    seen = sorted(shown(rag, caller, ids), key=lambda source: source.id)
    return "scan-" + "-".join(f"{source.id}.{requested[source.id]}" for source in seen), seen
