"""Steering the indexer: pause, failures, doing things again."""

from collections.abc import Sequence

from app.db.listening import notify
from app.services.rag import control_repository as control
from app.services.rag import repository
from app.services.rag.channels import SCAN, WORK, tell_changed
from app.services.rag.control_repository import Failure
from app.services.rag.progress import SourceProgress
from app.services.rag.service import Rag


async def pause(rag: Rag, wanted: str | None, *, paused: bool) -> list[SourceProgress]:
    """Pause a source, or all, or let them go on; it holds until it is undone, also over restarts."""
    ids = [source.id for source in await rag.sources(wanted)]
    async with rag.database.transaction() as session:
        await control.pause(session, ids, paused=paused)
        for source in ids:
            await tell_changed(session, source, None)
        await notify(session, WORK)
    await rag.refresh()
    return rag.known(ids)


async def failures(rag: Rag, wanted: str | None, limit: int, offset: int) -> tuple[list[Failure], int]:
    """Return files that are not indexed and why, and how many there are."""
    ids = [source.id for source in await rag.sources(wanted)]
    return await control.failures(rag.database, ids, limit, offset)


async def requeue(rag: Rag, wanted: str | None, ids: Sequence[int] | None) -> int:
    """Give failed files another chance; return how many."""
    sources = [source.id for source in await rag.sources(wanted)]
    async with rag.database.transaction() as session:
        touched = await control.requeue(session, sources, ids)
        await repository.request_scan(session, sorted(set(touched)))
        for source in sorted(set(touched)):
            await tell_changed(session, source, None)
        await notify(session, SCAN)
        await notify(session, WORK)
    await rag.refresh()
    return len(touched)


async def reindex(rag: Rag, wanted: str | None, *, force: bool) -> tuple[str, list[SourceProgress]]:
    """Look at the disk now; with `force`, chunk and embed everything anew. Return a name for it, and the sources."""
    ids = [source.id for source in await rag.sources(wanted)]
    async with rag.database.transaction() as session:
        if force:
            await control.index_again(session, ids)
        requested = await repository.request_scan(session, ids)
        for source in ids:
            await tell_changed(session, source, None)
        await notify(session, SCAN)
        await notify(session, WORK)
    await rag.refresh()
    return "scan-" + "-".join(f"{source}.{number}" for source, number in sorted(requested.items())), rag.known(ids)
