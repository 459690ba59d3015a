"""Steering the indexer, on a real database with a real worker."""

import os
from uuid import uuid4

import pytest

from app.core.access import Caller, Role
from app.services.rag import chunking, control, worker
from app.services.rag.embedding import StaticEmbedding
from app.services.rag.service import Rag
from tests.services.rag.conftest import Workshop

pytestmark = pytest.mark.anyio

ADMIN = Caller(user_id=uuid4(), username="root", role=Role.admin)


@pytest.fixture
async def rag(workshop: Workshop) -> Rag:
    found = Rag(workshop.database, StaticEmbedding.load())
    await found.refresh()
    return found


async def test_a_paused_source_is_seen_but_not_indexed_until_it_is_resumed(workshop: Workshop, rag: Rag) -> None:
    (paused,) = await control.pause(rag, ADMIN, None, paused=True)
    assert paused.state == "paused"
    workshop.write("a.py", "x = 1\n")
    await workshop.settle()
    await rag.refresh()
    assert rag.progress.state == "paused"
    assert (await workshop.states())["a.py"] == ("pending", None)
    await rag.catch_up(ADMIN, None, 30_000)
    (resumed,) = await control.pause(rag, ADMIN, paused.name, paused=False)
    assert resumed.state == "indexing"
    await workshop.settle()
    assert (await workshop.states())["a.py"] == ("indexed", None)


async def test_failures_are_listed_with_their_reasons_and_get_another_chance(
    workshop: Workshop, rag: Rag, monkeypatch: pytest.MonkeyPatch
) -> None:
    workshop.write("binary.py", "a\0b")
    workshop.write("good.py", "x = 1\n")
    workshop.write("hard.py", "y = 1\n")
    os.utime(workshop.root / "hard.py", (1e9, 1e9))

    def chunk(path: str, text: str) -> object:
        if path == "hard.py":
            raise ValueError
        return chunking.chunk(path, text)

    with monkeypatch.context() as broken:
        broken.setattr(worker, "chunk", chunk)
        await workshop.settle()
    found, total = await control.failures(rag, ADMIN, None, 50, 0)
    assert [(item.path, item.parked) for item in found] == [("binary.py", False), ("hard.py", True)]
    assert (total, found[0].reason) == (2, "binary content")
    assert found[1].reason.startswith("chunking failed with ValueError")
    assert [item.path for item in (await control.failures(rag, ADMIN, None, 1, 1))[0]] == ["hard.py"]
    workshop.write("binary.py", "z = 1\n")
    assert await control.requeue(rag, ADMIN, None, [found[0].id]) == 1
    await workshop.settle()
    assert {path: state for path, (state, _) in (await workshop.states()).items()} == {
        "binary.py": "indexed",
        "good.py": "indexed",
        "hard.py": "failed",
    }
    assert await control.requeue(rag, ADMIN, None, None) == 1
    await workshop.settle()
    assert (await control.failures(rag, ADMIN, None, 50, 0)) == ([], 0)


@pytest.mark.parametrize("force", [False, True])
async def test_reindexing_looks_again_and_with_force_embeds_all_anew(workshop: Workshop, rag: Rag, force: bool) -> None:
    workshop.write("a.py", "x = 1\n")
    await workshop.settle()
    before = await workshop.index()
    job, (source,) = await control.reindex(rag, ADMIN, None, force=force)
    assert job == f"scan-{source.id}.{source.scan_requested}"
    assert source.pending == int(force)
    assert await workshop.index() == before, "what is indexed answers meanwhile"
    await workshop.settle()
    await rag.refresh()
    (after,) = rag.progress.sources.values()
    assert (after.embedded, after.reused) == (2 if force else 1, 0)
    assert await workshop.index() == before
