"""What happens to the index while something it stands on is away: floods, a lost PostgreSQL, a full disk, no embedder.

Usage: python -m benchmarks.rough_disk [--files 300] [--seconds 20] [CASE ...]
Starts a server for each case, changes files while the trouble lasts, asks /api/health and /api/rag/indexing meanwhile,
ends the trouble, waits until the index is right by itself, and compares it with a clean build. Prints what differs, the
fewest files that were known at any moment (none may be forgotten that is on disk), the seconds it took by itself, and
what the status said. Needs Linux; a full disk needs root.
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
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import asyncpg

from app.db.embedded import EmbeddedServerError
from benchmarks.kill_matrix import change, clean_build, indexed, make_tree
from benchmarks.serving import place
from benchmarks.troubles import TROUBLES, Rough, serve_embeddings

ALONE_SECONDS = 60.0
DISK = "size=700m"
WITHOUT_LEG = {"EMBEDDING_MINILM_ENABLED": "false"}


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


def files_in(tree: Path) -> int:
    """Return how many files there are to index."""
    return len(list(tree.rglob("*.py")))


async def alone(house: Rough) -> float:
    """Return the seconds until the index is that of a clean build although nobody asks for a look, inf if never."""
    begun = time.monotonic()
    wanted = clean_build(house.tree)
    while time.monotonic() - begun < ALONE_SECONDS:
        with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError, EmbeddedServerError):
            if await indexed(house) == wanted:
                return time.monotonic() - begun
        await asyncio.sleep(0.2)
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
    async with TROUBLES[name](house, seconds):
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
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"of {', '.join(TROUBLES)}; all if none is named")
    parser.add_argument("--files", type=int, default=300)
    parser.add_argument("--seconds", type=float, default=20.0)
    asked = parser.parse_args()
    print(f"{'case':18} {'chunks':>7} {'lost':>6} {'extra':>6} {'fewest known':>17} {'alone s':>8}")
    good = [run(name, asked.files, asked.seconds) for name in asked.cases or TROUBLES]
    raise SystemExit(int(not all(good)))


if __name__ == "__main__":
    main()
