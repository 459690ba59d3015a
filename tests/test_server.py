"""The whole product as a person runs it: `python main.py` on an empty data directory, killed and started again."""

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from app.db.embedded import attach

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).resolve().parents[1]
FILES = 120

ADAPTERS = {"ollama", "comfy", "tts"}
"""Disabled where nobody is at the default address, as on most machines that run this."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Product:
    """One installation: its data directory, its watch root and its process."""

    data: Path
    tree: Path
    port: int = field(default_factory=free_port)
    process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self, **environment: str) -> None:
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *(sys.executable, "main.py"),
                cwd=ROOT,
                env=os.environ
                | {"PORT": str(self.port), "REYNARD_DATA_DIR": str(self.data), "GATEKEEPER_PBKDF2_ITERATIONS": "1000"}
                | {"RAG_CONTINUOUS_INDEXING_WATCH_ROOT": str(self.tree)}
                | environment,
                stdout=log,
                stderr=log,
            )

    @property
    def log(self) -> Path:
        return self.data.with_suffix(".log")

    async def output(self) -> str:
        """Return what it printed, after its end."""
        assert self.process is not None
        await self.process.wait()
        return self.log.read_text()

    async def ask(self, path: str) -> Any:
        async with httpx.AsyncClient(base_url=self.url, timeout=10) as client:
            answer = await client.get(path)
            answer.raise_for_status()
            return answer.json()

    async def until(self, path: str, good: Callable[[Any], bool], seconds: float = 60) -> Any:
        answer: Any = None
        deadline = asyncio.get_running_loop().time() + seconds
        while asyncio.get_running_loop().time() < deadline:
            try:
                if good(answer := await self.ask(path)):
                    return answer
            except httpx.HTTPError as error:
                answer = repr(error)
            await asyncio.sleep(0.05)
        pytest.fail(f"{path} said last: {answer}; the log ends with: {self.log.read_text()[-2000:]}")

    async def caught_up(self) -> Any:
        return await self.until("/api/rag/indexing", lambda now: now["state"] == "idle" and now["indexed"] > 0)

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)

    async def end(self) -> int:
        assert self.process is not None
        if self.process.returncode is None:
            self.process.terminate()
        return await self.process.wait()

    async def index(self) -> set[tuple[Any, ...]]:
        """Return the index without its row ids: path, hash of the file, hash and lines of each chunk."""
        async with attach(self.data) as servers:
            connection = await asyncpg.connect(servers.postgres_url("reynard"))
            try:
                rows = await connection.fetch(
                    "SELECT f.path, f.indexed_hash, c.hash, c.start_line, c.end_line, v.chunk_id IS NOT NULL, "
                    "t.chunk_id IS NOT NULL FROM files f LEFT JOIN chunks c ON c.file_id = f.id "
                    "LEFT JOIN chunk_vectors v ON v.chunk_id = c.id LEFT JOIN chunk_terms t ON t.chunk_id = c.id"
                )
            finally:
                await connection.close()
        return {tuple(row) for row in rows}


@asynccontextmanager
async def installed(data: Path, tree: Path) -> AsyncIterator[Product]:
    product = Product(data, tree)
    try:
        yield product
    finally:
        if product.process is not None and product.process.returncode is None:
            product.process.kill()
            await product.process.wait()


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A tree that takes some seconds to index: there is time to kill in."""
    root = tmp_path / "a tree"
    source = (ROOT / "app" / "core" / "registry" / "keeper.py").read_text()
    for number in range(FILES):
        file = root / f"package{number % 7}" / f"module{number}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(source.replace("class Keeper", f"class Keeper{number}"))
    return root


async def test_first_start_answers_finds_and_ends_in_order(tmp_path: Path, tree: Path) -> None:
    async with installed(tmp_path / "data", tree) as product:
        await product.start()
        await product.caught_up()
        found = await product.ask("/api/search/hybrid?q=Keeper77&limit=1")
        assert found["results"][0]["path"] == "package0/module77.py"
        assert (await product.ask("/api/search/hybrid?q=Keeper77&limit=1"))["cached"]
        health = await product.ask("/api/health")
        assert health["status"] == "healthy"
        assert {name for name, item in health["services"].items() if item["status"] != "running"} <= ADAPTERS

        async with httpx.AsyncClient(base_url=product.url, timeout=10) as client:
            streams = [client.stream("GET", "/api/rag/indexing/events") for _ in range(20)]
            answers = [await stream.__aenter__() for stream in streams]
            bodies = [answer.aiter_lines() for answer in answers]
            for body in bodies:
                await anext(body)
            begun = asyncio.get_running_loop().time()
            assert product.process is not None
            product.process.terminate()
            lasts = [[line async for line in body if line.startswith("data: ")][-1] for body in bodies]
            assert {json.loads(last.removeprefix("data: "))["reason"] for last in lasts} == {"shutdown"}
            for stream in streams:
                await stream.__aexit__(None, None, None)
        await product.process.wait()
        assert asyncio.get_running_loop().time() - begun < 5


async def test_edits_and_deletions_are_followed_while_running(tmp_path: Path, tree: Path) -> None:
    async with installed(tmp_path / "data", tree) as product:
        await product.start()
        await product.caught_up()
        (tree / "fresh folder").mkdir()
        (tree / "fresh folder" / "new.py").write_text("def zanzibar_ferry():\n    return 'boat'\n")
        search = "/api/search/hybrid?q=zanzibar_ferry&limit=1"
        await product.until(search, lambda found: "zanzibar_ferry" in str(found["results"]), 10)
        (tree / "fresh folder" / "new.py").unlink()
        await product.until(search, lambda found: "zanzibar_ferry" not in str(found["results"]), 10)
        (tree / "package0" / "module0.py").write_text("def kilimanjaro_lift():\n    return 'up'\n")
        waited = await product.ask("/api/search/hybrid?q=kilimanjaro_lift&limit=1&wait_ms=10000")
        assert waited["results"][0]["path"] == "package0/module0.py"
        assert waited["pending"] == 0


async def test_whatever_is_killed_while_indexing_the_index_ends_like_a_clean_build(tmp_path: Path, tree: Path) -> None:
    async with installed(tmp_path / "clean", tree) as clean:
        await clean.start()
        await clean.caught_up()
        await clean.end()
        expected = await clean.index()
    assert len({path for path, *_ in expected}) == FILES

    async with installed(tmp_path / "killed", tree) as product:
        await product.start(RAG_CONTINUOUS_INDEXING_BATCH_SIZE="4")
        await product.until("/api/rag/indexing", lambda now: 0 < now["indexed"] < FILES)
        product.kill()
        await product.start(RAG_CONTINUOUS_INDEXING_BATCH_SIZE="4")
        before = (await product.until("/api/rag/indexing", lambda now: now["indexed"] > 0))["indexed"]
        assert before > 0, "it goes on where it was"
        async with attach(product.data) as servers:
            os.kill(servers.postgres.pid, signal.SIGKILL)
        await product.caught_up()
        await product.end()
        assert await product.index() == expected


async def test_a_failing_required_service_ends_the_boot_with_one_message_and_code_1(tmp_path: Path, tree: Path) -> None:
    async with installed(tmp_path / "data", tree) as product:
        await product.start(DATABASE_URL="postgresql://ann:wrong@127.0.0.1:1/reynard")
        output = await product.output()
        assert product.process is not None
        assert await product.process.wait() == 1
    assert "main_database is required and failed: nothing answers at 127.0.0.1:1" in output
    assert "Traceback" not in output
    assert "wrong" not in output


async def test_a_taken_port_is_said_before_anything_starts(tmp_path: Path, tree: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        async with installed(tmp_path / "data", tree) as product:
            product.port = other.getsockname()[1]
            await product.start()
            output = await product.output()
            assert product.process is not None
            assert await product.process.wait() == 1
    assert "cannot be used" in output
    assert "set HOST or PORT" in output
    assert not (tmp_path / "data").exists()
