"""What may happen to a server, for as long as it lasts: see `benchmarks.rough_disk`."""

import asyncio
import json
import os
import signal
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from app.db.embedded import attach
from app.db.embedded.layout import Layout
from app.db.embedded.state import read_state
from benchmarks.kill_matrix import House

SCANNER = "app.services.rag.indexing.scan_process"
DIMENSION = 8
QUEUE = 16_384
"""Events that Linux keeps for a watcher (fs.inotify.max_queued_events); a file that is written makes three."""


@dataclass
class Rough(House):
    """A server with the backend of its extra leg."""

    backend: ThreadingHTTPServer | None = None


Trouble = Callable[[Rough, float], AbstractAsyncContextManager[None]]


@asynccontextmanager
async def flood(house: Rough, _: float) -> AsyncIterator[None]:
    """5,000 file events within a second or two."""
    for number in range(1700):
        file = house.tree / f"p{number % 9}" / f"flood{number}.py"
        file.write_text(f"def flood_{number}(a):\n    return a\n")  # created, modified, closed
    yield


@asynccontextmanager
async def overflow(house: Rough, _: float) -> AsyncIterator[None]:
    """More events than the kernel keeps: the scanner is stopped while they happen."""
    (scanner,) = house.children(SCANNER)
    os.kill(scanner, signal.SIGSTOP)
    for number in range(QUEUE // 2):
        (house.tree / f"p{number % 9}" / f"over{number % 3000}.py").write_text(f"x = {number}\n")
    yield
    os.kill(scanner, signal.SIGCONT)


def descendants(pid: int) -> list[int]:
    """Return a process and those below it."""
    below = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False).stdout.split()
    return [pid, *(found for child in below for found in descendants(int(child)))]


@asynccontextmanager
async def postgres_stopped(house: Rough, seconds: float) -> AsyncIterator[None]:
    """PostgreSQL answers nothing: SIGSTOP to all of its processes."""
    async with attach(house.data) as servers:
        stopped = descendants(servers.postgres.pid)
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    yield
    await asyncio.sleep(seconds)
    for pid in stopped:
        os.kill(pid, signal.SIGCONT)


@asynccontextmanager
async def postgres_killed(house: Rough, seconds: float) -> AsyncIterator[None]:
    """PostgreSQL is killed as often as it comes back."""

    async def kill() -> None:
        while True:
            state = read_state(Layout.of(house.data).state)
            with suppress(ProcessLookupError):
                if state and (pid := state.servers["postgres"].pid):
                    os.kill(pid, signal.SIGKILL)
            await asyncio.sleep(0.1)

    killing = asyncio.create_task(kill())
    yield
    await asyncio.sleep(seconds)
    killing.cancel()


@asynccontextmanager
async def disk_full(house: Rough, seconds: float) -> AsyncIterator[None]:
    """The disk of the data directory has no byte left."""
    filler = house.data / "filler"
    with suppress(OSError), filler.open("wb") as out:
        while True:
            out.write(b"x" * (1 << 16))
            out.flush()
    for number in range(200):  # more than fits into pages that PostgreSQL has already
        lines = (f"def full_{number}_{n}(a):\n    return 'row {n} of {number}'\n" for n in range(300))
        (house.tree / f"p{number % 9}" / f"full{number}.py").write_text("\n".join(lines))
    yield
    await asyncio.sleep(seconds)
    filler.unlink()


class Embedder(BaseHTTPRequestHandler):
    """A backend as OpenAI's: a vector for each text, by its length."""

    def do_POST(self) -> None:
        """Answer /v1/embeddings."""
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        vectors = [[1.0 + len(text) % 7, *[0.5] * (DIMENSION - 1)] for text in asked["input"]]
        data = [{"object": "embedding", "index": n, "embedding": vector} for n, vector in enumerate(vectors)]
        body = json.dumps({"object": "list", "data": data, "model": asked["model"]}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def serve_embeddings(port: int) -> ThreadingHTTPServer:
    """Start the backend in a thread."""
    server = ThreadingHTTPServer(("127.0.0.1", port), Embedder)
    Thread(target=server.serve_forever, daemon=True).start()
    return server


@asynccontextmanager
async def embedder_away(house: Rough, seconds: float) -> AsyncIterator[None]:
    """The backend of the extra leg refuses connections."""
    backend = house.backend
    assert backend is not None  # noqa: S101 - tells the type checker what `run_case` guarantees
    backend.shutdown()
    backend.server_close()
    yield
    await asyncio.sleep(seconds)
    house.backend = serve_embeddings(backend.server_port)


TROUBLES: dict[str, Trouble] = {
    "flood": flood,
    "overflow": overflow,
    "postgres_stopped": postgres_stopped,
    "postgres_killed": postgres_killed,
    "disk_full": disk_full,
    "embedder_away": embedder_away,
}
