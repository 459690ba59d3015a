"""A small HTTP server on several addresses of this machine, and names that lead to them."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import pytest


@dataclass
class Site:
    """Answers each path with bytes as they are; notes who asked for what.

    Attributes:
        port: The same on every address.
        answers: By path.
        asked: Address and request line of each request, and its Host.
    """

    port: int = 0
    answers: dict[str, bytes] = field(default_factory=dict)
    asked: list[tuple[str, str, str]] = field(default_factory=list)

    open: set[asyncio.Task[None]] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request."""
        task = asyncio.current_task()
        assert task is not None
        self.open.add(task)
        try:
            await self.answer(reader, writer)
        except (ConnectionError, asyncio.CancelledError):
            writer.transport.abort()
        finally:
            writer.close()
            self.open.discard(task)

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Read one request and write its answer."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        line, *headers = head.split("\r\n")
        host = next(item.partition(": ")[2] for item in headers if item.lower().startswith("host:"))
        self.asked.append((writer.get_extra_info("sockname")[0], line, host))
        answer = self.answers.get(line.split()[1], b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        writer.write(answer)
        while b"endless" in answer:
            writer.write(b"x" * 65_536)
            await writer.drain()
        if b"silent" in answer:
            await asyncio.sleep(60)


ADDRESSES = ("127.0.0.1", "127.0.0.2")


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    made = Site()
    async with AsyncExitStack() as stack:
        for address in ADDRESSES:
            server = await asyncio.start_server(made.serve, address, made.port)
            stack.push_async_callback(server.wait_closed)
            stack.callback(server.close)
            made.port = server.sockets[0].getsockname()[1]
        yield made
        for task in tuple(made.open):
            task.cancel()
        await asyncio.gather(*made.open, return_exceptions=True)


def answer(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    """Return an HTTP answer."""
    head = "\r\n".join([f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers])
    return head.encode() + b"\r\n\r\n" + body


@dataclass
class Zone:
    """Names and the addresses they lead to; a name with several answers gives the next one each time it is asked."""

    names: dict[str, list[Sequence[str]]]
    looked: list[str] = field(default_factory=list)

    async def resolve(self, host: str, _: int) -> Sequence[str]:
        """Return the addresses of a name."""
        self.looked.append(host)
        answers = self.names.get(host)
        if answers is None:
            raise OSError("no such name")
        return answers.pop(0) if len(answers) > 1 else answers[0]
