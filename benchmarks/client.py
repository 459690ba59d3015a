"""A client that costs as little as possible: one HTTP/1.1 connection, one request at a time."""

import asyncio
import re
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
HEAD_END = b"\r\n\r\n"


class Connection(asyncio.Protocol):
    """Sends a request when the answer to the one before has arrived."""

    def __init__(self, headers: bytes = b"") -> None:
        self._headers = b"\r\nHost: localhost\r\n" + headers + b"\r\n"
        self._received = bytearray()
        self._expected: int | None = None
        self._head = 0
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember the way to the server."""
        if not isinstance(transport, asyncio.Transport):
            raise TypeError("a stream is needed")
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Collect the answer."""
        self._received += data
        if self._expected is None:
            self._head = self._received.find(HEAD_END)
            if self._head < 0:
                return
            length = LENGTH.search(self._received, 0, self._head)
            self._expected = self._head + len(HEAD_END) + (int(length[1]) if length else 0)
        if len(self._received) >= self._expected and self._answer is not None:
            status = int(self._received[9:12])
            body = bytes(self._received[self._head + len(HEAD_END) : self._expected])
            self._received.clear()
            self._expected = None
            self._answer.set_result((status, body))

    def connection_lost(self, error: Exception | None) -> None:
        """Tell whoever waits."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error or ConnectionError("the server closed the connection"))

    async def get(self, target: str) -> tuple[int, bytes]:
        """Return status and body of a GET."""
        if self._transport is None:
            raise ConnectionError("not connected")
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(b"GET " + target.encode() + b" HTTP/1.1" + self._headers)
        return await self._answer

    def close(self) -> None:
        """Close the connection."""
        if self._transport is not None:
            self._transport.close()


async def connect(port: int, headers: bytes = b"") -> Connection:
    """Return an open connection to this machine that sends `headers`, each with its line end, with every request."""
    _, connection = await asyncio.get_running_loop().create_connection(lambda: Connection(headers), "127.0.0.1", port)
    return connection


@dataclass
class Measured:
    """Latencies in milliseconds, and what else came of some requests."""

    latencies: list[float] = field(default_factory=list)
    errors: int = 0
    seconds: float = 0.0
    answers: Counter[str] = field(default_factory=Counter)
    """What was answered instead of 200, by status and first bytes."""

    def percentile(self, share: float) -> float:
        """Return the latency that this share of the requests did not exceed."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    @property
    def rate(self) -> float:
        """Requests a second."""
        return len(self.latencies) / self.seconds

    def row(self, name: str) -> str:
        """Return a line of a table."""
        p50, p95, p99 = (self.percentile(share) for share in (0.5, 0.95, 0.99))
        return f"{name:44} {p50:8.2f} {p95:8.2f} {p99:8.2f} {len(self.latencies):8} {self.errors:6}"


HEADING = f"{'':44} {'p50 ms':>8} {'p95 ms':>8} {'p99 ms':>8} {'asked':>8} {'errors':>6}"


async def ask_each(port: int, targets: Sequence[str]) -> Measured:
    """Ask one after the other over one connection."""
    connection = await connect(port)
    measured = Measured()
    begun = time.perf_counter()
    for target in targets:
        await ask(connection, target, measured)
    measured.seconds = time.perf_counter() - begun
    connection.close()
    return measured


async def ask(connection: Connection, target: str, measured: Measured) -> None:
    """Ask once and note how long it took."""
    begun = time.perf_counter()
    status, body = await connection.get(target)
    measured.latencies.append((time.perf_counter() - begun) * 1000)
    if status != 200:
        measured.errors += 1
        measured.answers[f"{status} {body[:300].decode(errors='replace')}"] += 1


async def ask_for(port: int, targets: Iterator[str], clients: int, seconds: float) -> Measured:
    """Ask with `clients` connections at once for that long."""
    measured = Measured()
    connections = [await connect(port) for _ in range(clients)]
    begun = time.perf_counter()

    async def client(connection: Connection) -> None:
        while time.perf_counter() - begun < seconds:
            await ask(connection, next(targets), measured)
        connection.close()

    await asyncio.gather(*map(client, connections))
    measured.seconds = time.perf_counter() - begun
    return measured
