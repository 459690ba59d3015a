"""What somebody just saved is indexed before what was left to do."""

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from app.services.rag import worker as room
from app.services.rag.channels import WORK
from app.services.rag.embedding import StaticEmbedding
from app.services.rag.indexing import scan_process
from app.services.rag.indexing import work_repository as work
from app.services.rag.indexing.scan_process import SourceKeeper
from app.services.rag.indexing.work_repository import Claim, Indexed
from app.services.rag.settings import RagSettings
from app.services.rag.worker import Failed
from tests.services.rag.conftest import Workshop

pytestmark = pytest.mark.anyio


async def test_what_is_saved_while_a_change_of_branch_is_read_is_claimed_before_it(workshop: Workshop) -> None:
    for number in range(150):
        workshop.write(f"branch/f{number}.py", f"x = {number}\n")
    scanning = asyncio.create_task(workshop.scanner.scan(1))
    while not await workshop.rows("SELECT 1 FROM files"):  # noqa: ASYNC110 - a row
        await asyncio.sleep(0)
    workshop.write("saved.py", "y = 1\n")
    await workshop.scanner.look_at(["saved.py"])
    await scanning
    async with workshop.database.transaction() as session:
        claims = await work.claim(session, "somebody/1", 3)
    assert "saved.py" in {item.path for item in claims}
    assert len(await workshop.rows("SELECT 1 FROM files")) == 151


async def test_a_hint_is_as_old_as_it_is_not_as_its_look(workshop: Workshop) -> None:
    workshop.write("new.py", "x = 1\n")
    await workshop.scanner.look_at(["new.py"])
    workshop.write("old.py", "x = 2\n")
    await workshop.scanner.look_at(["old.py"], age_s=60)
    async with workshop.database.transaction() as session:
        (first,) = await work.claim(session, "somebody/1", 1)
    assert first.path == "new.py"


@pytest.fixture
async def held(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[threading.Event]:
    """Hold up every batch that has `big.py` until the event is set."""
    go_on, index = threading.Event(), room.index

    def slow(claims: Sequence[Claim], embedding: StaticEmbedding) -> tuple[list[Indexed], list[Failed]]:
        if any(item.path == "big.py" for item in claims):
            assert go_on.wait(30)
        return index(claims, embedding)

    monkeypatch.setattr(room, "index", slow)
    yield go_on
    go_on.set()


async def until(workshop: Workshop, **expected: str) -> None:
    async with asyncio.timeout(20):
        while {path: state for path, (state, _) in (await workshop.states()).items()} != expected:  # noqa: ASYNC110 - rows
            await asyncio.sleep(0.01)


async def test_a_save_passes_a_batch_that_is_worked_on(workshop: Workshop, held: threading.Event) -> None:
    workshop.write("big.py", "x = 1\n")
    await workshop.scanner.scan(1)
    working = asyncio.create_task(workshop.worker.run())
    try:
        while not await workshop.rows("SELECT 1 FROM files WHERE lease_owner IS NOT NULL"):  # noqa: ASYNC110 - a row
            await asyncio.sleep(0.01)
        workshop.write("saved.py", "y = 1\n")
        await workshop.scanner.look_at(["saved.py"])
        await until(workshop, **{"big.py": "pending", "saved.py": "indexed"})
        held.set()
        await until(workshop, **{"big.py": "indexed", "saved.py": "indexed"})
        ((embedded,),) = await workshop.rows("SELECT embedded FROM sources")
        assert embedded == 2
    finally:
        held.set()
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)


async def test_what_was_there_before_the_batch_does_not_pass_it(workshop: Workshop, held: threading.Event) -> None:
    workshop.worker._batch_size = 1
    workshop.write("small.py", "x = 1\n")
    await workshop.scanner.scan(1)
    workshop.write("big.py", "x = 1\n")
    await workshop.scanner.look_at(["big.py"])
    working = asyncio.create_task(workshop.worker.step())
    while not await workshop.rows("SELECT 1 FROM files WHERE lease_owner IS NOT NULL"):  # noqa: ASYNC110 - a row
        await asyncio.sleep(0.01)
    workshop.worker._on_notice(WORK)
    await asyncio.sleep(0.2)
    assert {path: state for path, (state, _) in (await workshop.states()).items()} == {
        "big.py": "pending",
        "small.py": "pending",
    }
    held.set()
    assert await working


async def test_the_newest_hints_are_followed_first_and_too_many_become_one_scan(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[list[str]] = []
    keeper = SourceKeeper(workshop.scanner, RagSettings(_env_file=None))
    proceed = asyncio.Event()

    async def look_at(paths: Sequence[str], age_s: float) -> None:
        looked.append(list(paths))
        await proceed.wait()

    monkeypatch.setattr(workshop.scanner, "look_at", look_at)
    await keeper._hint({f"branch{number:03}.py" for number in range(3 * scan_process.HINTS_AT_ONCE)})
    monkeypatch.setattr(scan_process, "LOOKS_AT_ONCE", 1)
    following = asyncio.create_task(keeper._follow_hints())
    try:
        while not looked:  # noqa: ASYNC110 - a list
            await asyncio.sleep(0)
        await keeper._hint({"saved.py"})
        proceed.set()
        while len(looked) < 4:  # noqa: ASYNC110 - a list
            await asyncio.sleep(0)
        assert looked[1] == ["saved.py"]
        assert len({path for paths in looked for path in paths}) == 3 * scan_process.HINTS_AT_ONCE + 1
        keeper._wake.clear()
        await keeper._hint({str(number) for number in range(scan_process.HINTS_UNTIL_FULL + 1)})
        assert keeper._wake.is_set()
        assert not keeper._hints
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)


async def test_five_thousand_events_within_a_second_lose_nothing(workshop: Workshop, tmp_path: Path) -> None:
    keeper = SourceKeeper(workshop.scanner, RagSettings(_env_file=None))
    (workshop.root / "src").mkdir()
    keeping = asyncio.create_task(keeper.run())
    try:
        while not (await workshop.rows("SELECT scan_finished FROM sources"))[0][0]:  # noqa: ASYNC110 - a row
            await asyncio.sleep(0.02)
        for number in range(1000):
            file = workshop.root / "src" / f"f{number}.py"
            file.write_text("x")
            file.write_text(f"x = {number}\n")
            if number % 5 == 0:
                file.unlink()
        async with asyncio.timeout(60):
            while (await known(workshop)) != {f"src/f{number}.py" for number in range(1000) if number % 5}:  # noqa: ASYNC110 - rows
                await asyncio.sleep(0.1)
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)


async def known(workshop: Workshop) -> set[str]:
    """Return the paths whose last content is known."""
    rows = await workshop.rows("SELECT f.path, t.text FROM files f JOIN file_texts t ON t.file_id = f.id")
    return {path for path, text in rows if text == f"x = {path.removeprefix('src/f').removesuffix('.py')}\n"}


NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def claim_of(seconds: float) -> Claim:
    return Claim(0, 0, "", b"", indexed_before=False, changed_at=NOON + timedelta(seconds=seconds), text="")


@pytest.mark.parametrize(
    ("seconds", "sizes"),
    [
        ([0.0], [1]),
        ([0.0] * 48, [48]),
        ([0.0] * 47 + [1.0], [1, 47]),
        ([0.0] * 44 + [1.0, 1.1, 2.0, 9.0], [4, 44]),
        ([0.0] * 40 + [1.0] * 8, [48]),
        ([number / 100 for number in range(48)], [48]),
    ],
)
def test_a_few_that_changed_well_after_the_others_are_a_batch_of_their_own(
    seconds: list[float], sizes: list[int]
) -> None:
    claims = [claim_of(second) for second in seconds]
    parts = room.saved_first(claims)
    assert [len(part) for part in parts] == sizes
    assert sorted(item.changed_at for part in parts for item in part) == sorted(item.changed_at for item in claims)
    assert all(min(i.changed_at for i in a) >= max(i.changed_at for i in b) for a, b in pairwise(parts))
