"""How a process gets the embedded servers: `attach`, or `attach_blocking` where there is no event loop."""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from app.db.embedded import cluster, valkey
from app.db.embedded.attachment import Attachment
from app.db.embedded.errors import EmbeddedServerError
from app.db.embedded.layout import Layout
from app.db.embedded.private_files import read_secret
from app.db.embedded.servers import EmbeddedServers
from app.db.embedded.state import SupervisorState
from app.db.embedded.waiting import until, until_blocking

logger = logging.getLogger(__name__)

BOTH = ("postgres", "valkey")
_WATCH_SECONDS = 1.0


@asynccontextmanager
async def attach(
    data_dir: Path,
    *,
    timeout: float = 60,
    needs: Collection[str] = BOTH,
    wheel: str | None = None,
) -> AsyncIterator[EmbeddedServers]:
    """Use the embedded servers of a data directory, which run for as long as any process does.

    While the context lasts, a supervisor that was killed is replaced within about a second. Leaving it as the
    last user waits until the servers have stopped.

    Args:
        data_dir: The data directory, created if missing.
        timeout: Seconds to wait for the servers.
        needs: Which servers must run: `postgres`, `valkey`. The other one is started as well, but may fail.
        wheel: PostgreSQL wheel to use if nothing runs yet; None takes the preferred one that fits the data.

    Yields:
        The running servers.

    Raises:
        EmbeddedServerError: They cannot run, or not in time.
    """
    layout = await asyncio.to_thread(Layout.of, data_dir)
    attachment = Attachment(layout, needs, wheel)
    try:
        deadline = time.monotonic() + timeout
        await until(attachment.enter, deadline)
        servers = _servers(attachment, layout, await until(attachment.settle, deadline))
        watch = asyncio.create_task(_watch(servers), name="embedded servers")
        try:
            yield servers
        finally:
            watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watch
    finally:
        await asyncio.shield(asyncio.to_thread(attachment.close))


@contextmanager
def attach_blocking(
    data_dir: Path, *, timeout: float = 60, needs: Collection[str] = BOTH, wheel: str | None = None
) -> Iterator[EmbeddedServers]:
    """Do what `attach` does, for scripts; a killed supervisor is replaced by `ensure_blocking` only."""
    layout = Layout.of(data_dir)
    attachment = Attachment(layout, needs, wheel)
    try:
        deadline = time.monotonic() + timeout
        until_blocking(attachment.enter, deadline)
        yield _servers(attachment, layout, until_blocking(attachment.settle, deadline))
    finally:
        attachment.close()


def _servers(attachment: Attachment, layout: Layout, state: SupervisorState) -> EmbeddedServers:
    return EmbeddedServers(
        data_dir=layout.data_dir,
        postgres=state.servers["postgres"],
        valkey=state.servers["valkey"],
        _postgres_password=read_secret(cluster.password_file(layout)) or "",
        _valkey_password=read_secret(valkey.password_file(layout)) or "",
        _attachment=attachment,
    )


async def _watch(servers: EmbeddedServers) -> None:
    while True:
        await asyncio.sleep(_WATCH_SECONDS)
        if servers.alive():
            continue
        logger.warning("the supervisor of the embedded servers is gone, starting another")
        try:
            await servers.ensure()
        except EmbeddedServerError as error:
            logger.warning("%s", error)
