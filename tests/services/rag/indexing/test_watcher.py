"""What the watcher passes on, of real changes."""

import asyncio
import os
from pathlib import Path

import pytest

from app.services.rag.indexing import watcher as watcher_module
from app.services.rag.indexing.rules import Rules
from app.services.rag.indexing.watcher import Watcher

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
