"""A proxy in front of a real peer that brings about every fault of a network, for any protocol over TCP.

`down`, `reset`, `slow`, `half-open`, `garbage`, `vanishing` and `none` know no protocol; `flood`, `refusing` and
`failing` answer in HTTP. What it does may be changed at any time, and holds for the next connection; open ones are cut
by a change.
"""

import asyncio
import os
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from enum import StrEnum

PIECE = 65_536


class Fault(StrEnum):
    """What happens to a connection."""

    none = "none"
    down = "down"
    reset = "reset"
    slow = "slow"
    half_open = "half-open"
    garbage = "garbage"
    flood = "flood"
    refusing = "4xx"
    failing = "5xx"
    vanishing = "vanishing"


class FaultProxy:
    """Listens on a port of its own in front of the peer at `target`.

    Attributes:
        slow_seconds: How long a slow peer takes for its first byte.
        vanishes_after: Bytes of an answer that come before it vanishes.
    """

    def __init__(self, target: tuple[str, int], *, slow_seconds: float = 30.0, vanishes_after: int = 400) -> None:
        self._target = target
        self.slow_seconds, self.vanishes_after = slow_seconds, vanishes_after
        self._fault = Fault.none
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()
        self.port = 0

    @property
    def url(self) -> str:
        """Where it listens, for HTTP."""
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Listen, after `down` on the same port again."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Listen no more, and cut what is open."""
        if self._server is None:
            return
        self._server.close()
        await self._cut()
        await self._server.wait_closed()
        self._server = None

    async def become(self, fault: Fault) -> None:
        """Bring a fault about, or end it with `Fault.none`."""
        self._fault = fault
        await self._cut()
        if fault is Fault.down:
            await self.stop()
        elif self._server is None:
            await self.start()

    async def _cut(self) -> None:
        for task in list(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            await self._behave(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # cut by the other side, or by `become`; asyncio would print the latter
        finally:
            self._open.discard(task)
            writer.close()

    async def _behave(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        match self._fault:
            case Fault.reset:
                await reader.read(1)
                reset(writer)
            case Fault.half_open:
                while await reader.read(PIECE):
                    pass
            case Fault.garbage:
                await reader.read(PIECE)
                writer.write(os.urandom(4096))
                await writer.drain()
            case Fault.flood:
                await reader.read(PIECE)
                await flood(reader, writer)
            case Fault.refusing:
                await refuse(reader, writer, "429 Too Many Requests")
            case Fault.failing:
                await refuse(reader, writer, "500 Internal Server Error")
            case _:
                await self._forward(reader, writer)

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._fault is Fault.slow:
            await asyncio.sleep(self.slow_seconds)
        there, towards = await asyncio.open_connection(*self._target)
        most = self.vanishes_after if self._fault is Fault.vanishing else None
        both = [asyncio.create_task(copy(reader, towards)), asyncio.create_task(copy(there, writer, most))]
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            if most is not None and both[1].done():
                reset(writer)
        finally:
            for task in both:
                task.cancel()
            await asyncio.gather(*both, return_exceptions=True)
            towards.close()


async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, most: int | None = None) -> None:
    """Pass on what comes, to the end or up to so many bytes."""
    with suppress(OSError):
        while piece := await reader.read(PIECE if most is None else min(PIECE, most)):
            writer.write(piece)
            await writer.drain()
            if most is not None and (most := most - len(piece)) <= 0:
                return


def reset(writer: asyncio.StreamWriter) -> None:
    """Close with RST instead of FIN."""
    connection: socket.socket = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer with ten gigabytes."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 10000000000\r\n\r\n")
    while not reader.at_eof():
        writer.write(b"x" * PIECE)
        await writer.drain()


async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, status: str) -> None:
    """Answer every request with this status."""
    await reader.readuntil(b"\r\n\r\n")
    body = b'{"error": "secret words of the neighbour"}'
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close"
    writer.write(head.encode() + b"\r\n\r\n" + body)
    await writer.drain()


@asynccontextmanager
async def faulty(url: str, *, slow_seconds: float = 30.0) -> AsyncIterator[FaultProxy]:
    """Stand in front of the peer at a URL until the end of the block."""
    host, _, port = url.partition("://")[2].rstrip("/").partition(":")
    proxy = FaultProxy((host, int(port)), slow_seconds=slow_seconds)
    await proxy.start()
    try:
        yield proxy
    finally:
        await proxy.stop()
