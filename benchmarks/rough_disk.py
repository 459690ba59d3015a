"""What happens to the index while something it stands on is away: floods, a lost PostgreSQL, a full disk, no embedder.

Usage: python -m benchmarks.rough_disk [--files 300] [--seconds 20] [CASE ...]
Starts a server for each case, changes files while the trouble lasts, asks /api/health and /api/rag/indexing meanwhile,
ends the trouble, waits until the index knows every file by itself, and compares it with a clean build. Prints what
differs, the fewest files that were known at any moment (none may be forgotten that is on disk), the seconds until all
were known and indexed, and what the status said. Needs Linux; a full disk needs root.
"""

import argparse
import asyncio
import json
import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

from app.db.embedded import attach
from app.db.embedded.layout import Layout
from app.db.embedded.state import read_state
from benchmarks.kill_matrix import House, change, clean_build, indexed, make_tree
from benchmarks.serving import place

SCANNER = "app.services.rag.indexing.scan_process"
DIMENSION = 8
QUEUE = 16_384
"""Events that Linux keeps for a watcher (fs.inotify.max_queued_events); a file that is written makes three."""

ALONE_SECONDS = 60.0
DISK = "size=700m"
WITHOUT_LEG = {"EMBEDDING_MINILM_ENABLED": "false"}


@dataclass
class Rough(House):
    """A server with the backend of its extra leg."""

    backend: ThreadingHTTPServer | None = None


Trouble = Callable[[Rough, float], AbstractAsyncContextManager[None]]


@dataclass
class Watched:
    """What the status said while the trouble lasted."""

    said: set[str] = field(default_factory=set)
    fewest: int = 1 << 30

    async def follow(self, url: str) -> None:
        """Ask again and again."""
        while True:
            await asyncio.to_thread(self._ask, url)
            await asyncio.sleep(0.3)

    def _ask(self, url: str) -> None:
        with suppress(OSError, ValueError):
            for name, service in peek(f"{url}/api/health")["services"].items():
                if service["status"] not in ("running", "disabled"):
                    self.said.add(f"{name} {service['status']}: {service['reason']}")
        with suppress(OSError, ValueError):
            now = peek(f"{url}/api/rag/indexing")
            if "known" not in now:
                self.said.add(f"indexing answered {now.get('status')} {now.get('code')}: {now.get('detail')}")
                return
            self.fewest = min(self.fewest, now["known"])
            self.said |= {"indexing: the database does not answer"} if now["problem"] else set()
            self.said |= {f"source: {item['problem']}" for item in now["sources"] if item["problem"]}
            self.said |= {f"leg: {leg['status']}" for leg in now["legs"] if "embedded" not in leg["status"]}


def peek(url: str) -> Any:  # noqa: ANN401 - JSON
    """Return the JSON at `url`, whatever its status."""
    try:
        with urlopen(url, timeout=5) as answer:  # noqa: S310 - our own server
            return json.load(answer)
    except HTTPError as error:
        return json.load(error)


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


CASES: dict[str, Trouble] = {
    "flood": flood,
    "overflow": overflow,
    "postgres_stopped": postgres_stopped,
    "postgres_killed": postgres_killed,
    "disk_full": disk_full,
    "embedder_away": embedder_away,
}


def files_in(tree: Path) -> int:
    """Return how many files there are to index."""
    return len(list(tree.rglob("*.py")))


async def alone(house: Rough) -> float:
    """Return the seconds until every file is known and indexed although nobody asks for a look; inf if that is not."""
    begun = time.monotonic()
    while time.monotonic() - begun < ALONE_SECONDS:
        with suppress(OSError, ValueError):
            now = await asyncio.to_thread(peek, f"{house.url}/api/rag/indexing")
            if now.get("indexed") == files_in(house.tree) == now.get("known"):
                return time.monotonic() - begun
        await asyncio.sleep(0.1)
    return float("inf")


async def complete(house: Rough) -> None:
    """Wait until the index shows what is on disk, and the extra leg is full too."""
    await house.caught_up()
    full = False
    while not full:
        await asyncio.sleep(0.3)
        legs = (await asyncio.to_thread(peek, f"{house.url}/api/rag/indexing"))["legs"]
        full = all(leg["embedded"] >= leg["chunks"] for leg in legs)


async def run_case(house: Rough, name: str, seconds: float) -> bool:
    """Run one case, print its lines, and return whether nothing differs."""
    house.start()
    await complete(house)
    watched = Watched()
    following = asyncio.create_task(watched.follow(house.url))
    floor = files_in(house.tree)
    async with CASES[name](house, seconds):
        change(house)
        floor = min(floor, files_in(house.tree))
        await asyncio.sleep(1)
    took = await alone(house)
    await complete(house)
    following.cancel()
    wanted, found = clean_build(house.tree), await indexed(house)
    lost, extra = (len({path for path, *_ in part}) for part in (wanted - found, found - wanted))
    print(f"{name:18} {len(wanted):7} {lost:6} {extra:6} {watched.fewest:7} of {floor:<6} {took:8.1f}", flush=True)
    for sentence in sorted(watched.said):
        print(f"    {sentence}")
    return not (lost or extra) and watched.fewest >= floor


def prepared(name: str, made: str, files: int) -> Path:
    """Return a tree for the case."""
    tree = Path(made) / "tree"
    tree.mkdir()
    make_tree(tree, files, random.Random(name))  # noqa: S311 - the same tree each time
    return tree


def run(name: str, files: int, seconds: float) -> bool:
    """Run one case on a server of its own."""
    with TemporaryDirectory() as made, place(prepared(name, made, files)) as (url, environment):
        data = Path(environment["REYNARD_DATA_DIR"])
        backend = serve_embeddings(0) if name == "embedder_away" else None
        leg = {
            "EMBEDDING_OPENAI_ENABLED": "true",
            "EMBEDDING_OPENAI_DEFAULT_MODEL": "test",
            "OPENAI_BASE_URL": f"http://127.0.0.1:{backend.server_port}/v1" if backend else "",
        }
        if name == "disk_full":
            data.mkdir(parents=True)
            data.chmod(0o755)
            subprocess.run([shutil.which("mount") or "mount", "-t", "tmpfs", "-o", DISK, "none", data], check=True)
        chance = random.Random(name)  # noqa: S311 - the same changes each time
        variables = environment | WITHOUT_LEG | (leg if backend else {})
        house = Rough(url, variables, Path(made) / "tree", chance, backend=backend)
        try:
            return asyncio.run(run_case(house, name, seconds))
        finally:
            if house.server is not None:
                os.killpg(house.server.pid, signal.SIGINT)
                house.server.wait()
            if name == "disk_full":
                time.sleep(3)
                subprocess.run([shutil.which("umount") or "umount", "-l", data], check=True)


def main() -> None:
    """Run the cases; the exit code is 1 if anything differs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"of {', '.join(CASES)}; all if none is named")
    parser.add_argument("--files", type=int, default=300)
    parser.add_argument("--seconds", type=float, default=20.0)
    asked = parser.parse_args()
    print(f"{'case':18} {'chunks':>7} {'lost':>6} {'extra':>6} {'fewest known':>17} {'alone s':>8}")
    good = [run(name, asked.files, asked.seconds) for name in asked.cases or CASES]
    raise SystemExit(int(not all(good)))


if __name__ == "__main__":
    main()
