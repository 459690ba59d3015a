"""Names and payloads of the notifications between API processes, scanner and workers."""

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.listening import notify

CHANGES = "rag_changes"
"""The index of a source changed: payload `[source id, generation]`; or its work did: payload `[source id, null]`."""

WORK = "rag_work"
"""Files are pending: no payload."""

SCAN = "rag_scan"
"""Somebody waits for a scan: no payload; `sources.scan_requested` says of what."""


async def tell_changed(session: AsyncSession, source_id: int, generation: int | None) -> None:
    """Tell every API process that answers about the source may have changed, once this transaction commits."""
    await notify(session, CHANGES, orjson.dumps([source_id, generation]).decode())
