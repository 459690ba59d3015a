"""ComfyUI's WebSocket: one for each process, connected again whenever it is lost."""

import asyncio
from collections.abc import Awaitable, Callable

import orjson
import structlog
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidURI, WebSocketException

from app.core.registry.backoff import delay
from app.services.comfy.board import Board

log = structlog.get_logger(__name__)

MOST_BYTES = 16 * 1024 * 1024
"""Of one message: a preview has 20 to 300 KB, the output of a node with text may be long."""

CONNECT_SECONDS = 2.0
PING_SECONDS = 10.0
"""A connection that is half open is noticed after twice this."""

LONGEST_PAUSE = 5.0
"""Between two attempts: whoever follows a job wants to see it go on."""


async def listen(url: str, client_id: str, board: Board, connected: Callable[[], Awaitable[None]]) -> None:
    """Note what ComfyUI says, for ever.

    Args:
        url: Of ComfyUI.
        client_id: Under which it sends what our jobs do.
        board: Where it is noted.
        connected: Called on every connection, as what was said meanwhile is not said again.
    """
    address = f"ws{url.removeprefix('http')}/ws?clientId={client_id}"
    failures = 0
    while True:
        try:
            async with connect(
                address,
                max_size=MOST_BYTES,
                open_timeout=CONNECT_SECONDS,
                ping_interval=PING_SECONDS,
                ping_timeout=PING_SECONDS,
                close_timeout=1.0,
                proxy=None,
                compression=None,
            ) as socket:
                failures = 0
                await connected()
                async for message in socket:
                    note(board, message)
        except (OSError, TimeoutError, WebSocketException, InvalidURI) as error:
            log.debug("comfy_socket_lost", error=type(error).__name__)
        except Exception as error:  # the edge of the task: whatever went wrong, jobs are followed again in a moment
            log.warning("comfy_socket_failed", exc_info=error)
        failures += 1
        await asyncio.sleep(min(delay(failures), LONGEST_PAUSE))


def note(board: Board, message: str | bytes) -> None:
    """Note one message. Binary ones are previews of a picture in the making, which nobody is sent."""
    if isinstance(message, bytes):
        return
    try:
        match orjson.loads(message):
            case {"type": str(kind), "data": dict(data)}:
                board.heard(kind, data)
    except orjson.JSONDecodeError:
        return
