"""A neighbour of any kind: whatever it is told to write on a connection, it writes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import orjson

Behaviour = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def answers(body: object, *, status: str = "200 OK", kind: str = "application/json") -> Behaviour:
    """Answer every request with this JSON, or with these bytes."""
    content = body if isinstance(body, bytes) else orjson.dumps(body)

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = (
            f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(content)}\r\nConnection: close\r\n\r\n"
        )
        writer.write(head.encode() + content)
        await writer.drain()

    return behave


async def says_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Take the request and never answer."""
    while await reader.read(1000):
        pass


async def hangs_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Take the request and close the connection."""
    await reader.readuntil(b"\r\n\r\n")


async def dribbles(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer without end, a byte at a time."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    while not reader.at_eof():
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.02)


async def floods(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer with ten gigabytes."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n")
    while not reader.at_eof():
        writer.write(b"x" * 65_536)
        await writer.drain()


class Peer:
    """A server on a port of its own; `behave` may be changed while it runs."""

    def __init__(self, behave: Behaviour) -> None:
        self.behave = behave
        self.port = 0
        self.calls = 0
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Listen, after `stop` on the same port again."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        self.calls += 1
        try:
            await self.behave(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self._open.discard(task)
            writer.close()


@asynccontextmanager
async def peer(behave: Behaviour) -> AsyncIterator[Peer]:
    """Serve until the end of the block."""
    running = Peer(behave)
    await running.start()
    try:
        yield running
    finally:
        await running.stop()
