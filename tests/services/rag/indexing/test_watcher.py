"""What the watcher passes on, of real changes."""

import asyncio
import os
from pathlib import Path

import pytest

from app.services.rag.indexing import watcher as watcher_module
from app.services.rag.indexing.rules import Rules
from app.services.rag.indexing.scan_process import SourceKeeper
from app.services.rag.indexing.watcher import Watcher
from app.services.rag.settings import RagSettings
from tests.services.rag.conftest import Workshop

pytestmark = pytest.mark.anyio


async def test_a_name_that_is_not_utf8_ends_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watcher_module, "RETRY_SECONDS", 0.05)
    hints: asyncio.Queue[set[str]] = asyncio.Queue()
    watching = asyncio.create_task(Watcher(tmp_path, Rules(), 0.05, hints.put).run())
    try:
        await asyncio.sleep(0.1)
        (tmp_path / os.fsdecode(b"caf\xe9.py")).write_text("x")
        async with asyncio.timeout(10):
            assert await hints.get() == {""}
            number = 0
            while True:
                number += 1
                (tmp_path / f"a{number}.py").write_text("x")
                await asyncio.sleep(0.2)
                if not hints.empty() and any(hint.startswith("a") for hint in await hints.get()):
                    break
        assert not watching.done()
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


async def test_many_changes_that_nobody_wants_ask_for_a_look_at_everything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watcher_module, "MANY", 100)
    ignored = tmp_path / "web" / "node_modules"
    ignored.mkdir(parents=True)
    hints: asyncio.Queue[set[str]] = asyncio.Queue()
    watching = asyncio.create_task(Watcher(tmp_path, Rules(), 1, hints.put).run())
    try:
        await asyncio.sleep(0.2)
        for number in range(1000):
            (ignored / f"f{number}.js").write_text("x")
        async with asyncio.timeout(10):
            assert await hints.get() == {""}
        (tmp_path / "web" / "a.py").write_text("x")
        async with asyncio.timeout(10):
            while (seen := await hints.get()) == {""}:
                continue
        assert seen == {"web/a.py"}
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


async def test_what_no_event_told_the_next_comparison_finds(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def deaf(_: Watcher) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(Watcher, "run", deaf)
    workshop.write("old.py", "x = 1\n")
    settings = RagSettings(_env_file=None, continuous_indexing_reconcile_seconds=1)
    keeping = asyncio.create_task(SourceKeeper(workshop.scanner, settings).run())
    try:
        async with asyncio.timeout(20):
            for change, expected in (("kept", {"old.py"}), ("lost", {"new.py"})):
                if change == "lost":
                    (workshop.root / "old.py").unlink()
                    workshop.write("new.py", "x = 1\n")
                while set(await workshop.states()) != expected:  # noqa: ASYNC110 - rows
                    await asyncio.sleep(0.05)
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
