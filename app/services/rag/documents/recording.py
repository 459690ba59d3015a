"""Recording documents for the workers: who may replace which, and what did not change."""

from collections.abc import Iterator, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.access import Caller, Role
from app.db.listening import notify
from app.services.rag.channels import WORK, tell_changed
from app.services.rag.documents import repository
from app.services.rag.documents.incoming import Incoming
from app.services.rag.documents.ingestion import Ingestion
from app.services.rag.documents.repository import Known
from app.services.rag.indexing import manifest_repository as manifest
from app.services.rag.progress import Visibility

AT_ONCE = 64
BYTES_AT_ONCE = 8_000_000
"""Documents recorded in one transaction: as many as the scanner's, so that workers begin early."""

OTHERS = "another account sent a document of this name: only that account and administrators replace it"


async def record(
    session: AsyncSession,
    batch: Sequence[Incoming],
    caller: Caller,
    visibility: Visibility,
    ingestion: Ingestion,
    *,
    force: bool,
) -> None:
    """Write documents into the manifest, and into `ingestion` what became of each.

    Args:
        session: The transaction.
        batch: No two of them have one name.
        caller: Becomes the owner of what is new.
        visibility: Who sees them: everybody, or the caller alone.
        ingestion: Told which are taken, unchanged or refused.
        force: Index again what did not change.
    """
    assert caller.user_id is not None  # noqa: S101 - tells the type checker what `user` guarantees
    await repository.lock(session)
    source = await repository.ensure_source(session, visibility, caller.user_id)
    ingestion.source_id = source
    known = await repository.known(session, source, [item.path for item in batch])
    wanted = []
    for item in batch:
        before = known.get(item.path)
        if before is not None and not may_change(before.owner_id, caller):
            ingestion.refuse(item.source, OTHERS)
        elif before is not None and not force and is_same(item, before):
            ingestion.unchanged += 1
        else:
            wanted.append(item)
    if not wanted:
        return
    noticed = await manifest.database_time(session)
    answers_change = await manifest.record(session, source, [item.reading for item in wanted], noticed)
    ids = await repository.keep(session, source, caller.user_id, wanted)
    if force:
        await repository.index_again(session, ids.values())
    ingestion.taken |= {ids[item.path]: (item.source, item.reading.hash) for item in wanted}
    generation = await manifest.next_generation(session, source) if answers_change else None
    await tell_changed(session, source, generation)
    await notify(session, WORK)


def may_change(owner_id: object, caller: Caller) -> bool:
    """Whether the caller may replace or delete what that account sent in."""
    return owner_id is None or owner_id == caller.user_id or caller.role is Role.admin


def is_same(item: Incoming, before: Known) -> bool:
    """Whether a document is indexed as it was sent."""
    picture = item.picture.hash if item.picture else None
    kept = (item.reading.hash, picture, "indexed", item.title, item.about)
    return kept == (before.hash, before.picture, before.state, before.title, before.metadata)


def batches(items: Sequence[Incoming]) -> Iterator[list[Incoming]]:
    """Cut documents into lists that are recorded together."""
    part: list[Incoming] = []
    size = 0
    for item in items:
        if part and (len(part) == AT_ONCE or size + item.reading.size > BYTES_AT_ONCE):
            yield part
            part, size = [], 0
        part.append(item)
        size += item.reading.size
    if part:
        yield part
