"""What was indexed before comes back without being indexed again."""

import pytest
from sqlalchemy import text

from app.services.rag import worker
from app.services.rag.indexing import shelf_repository as shelf
from tests.services.rag.conftest import Workshop

pytestmark = pytest.mark.anyio

ALPHA = "def alpha(a):\n    '''Add one.'''\n    return a + 1\n"
BETA = "class Beta:\n    def run(self):\n        return 'beta'\n"


async def counts(workshop: Workshop) -> tuple[int, int]:
    """Return how many chunks were embedded, and how many came from the shelf."""
    ((embedded, reused),) = await workshop.rows("SELECT embedded, reused FROM sources")
    return embedded, reused


async def everything(workshop: Workshop) -> set[tuple[object, ...]]:
    rows = await workshop.rows(
        "SELECT f.path, f.indexed_hash, f.chunks, c.hash, c.key, c.start_line, c.end_line, c.symbol, c.kind, "
        "c.language, c.modality, c.defines::text, c.text, v.embedding::text, t.terms::text, t.weights::text "
        "FROM files f JOIN chunks c ON c.file_id = f.id JOIN chunk_vectors v ON v.chunk_id = c.id "
        "JOIN chunk_terms t ON t.chunk_id = c.id"
    )
    symbols = await workshop.rows(
        "SELECT f.path, s.name, s.folded, s.qualified, s.kind, s.line, s.end_line, s.parts::text "
        "FROM files f JOIN symbols s ON s.file_id = f.id"
    )
    return {tuple(row) for row in (*rows, *symbols)}


async def test_content_that_comes_back_is_not_embedded_again(workshop: Workshop) -> None:
    workshop.write("a.py", ALPHA)
    workshop.write("b.py", ALPHA)
    await workshop.settle()
    before = await everything(workshop)
    embedded, _ = await counts(workshop)
    workshop.write("a.py", BETA)
    (workshop.root / "b.py").unlink()
    await workshop.settle()
    between = await everything(workshop)
    workshop.write("a.py", ALPHA)
    workshop.write("b.py", ALPHA)
    await workshop.settle()
    assert await everything(workshop) == before
    assert await counts(workshop) == (embedded + 1, 2)
    workshop.write("a.py", BETA)
    (workshop.root / "b.py").unlink()
    await workshop.settle()
    assert await everything(workshop) == between
    assert await counts(workshop) == (embedded + 1, 3)


async def test_another_chunker_does_not_take_from_the_shelf(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    workshop.write("a.py", ALPHA)
    await workshop.settle()
    workshop.write("a.py", BETA)
    await workshop.settle()
    monkeypatch.setattr(worker, "CHUNKER_VERSION", "another")
    workshop.write("a.py", ALPHA)
    await workshop.settle()
    assert (await counts(workshop))[1] == 0


async def test_only_the_newest_versions_stay(workshop: Workshop) -> None:
    for number in range(shelf.KEPT_VERSIONS + 3):
        workshop.write("a.py", f"def f():\n    return {number}\n")
        await workshop.settle()
    assert await shelf.clear_old(workshop.database) == 2
    assert len(await workshop.rows("SELECT 1 FROM shelved_chunks")) == shelf.KEPT_VERSIONS
    async with workshop.database.transaction() as session:
        await session.execute(text("UPDATE shelved_files SET shelved_at = now() - interval '1 year'"))
    assert await shelf.clear_old(workshop.database) == shelf.KEPT_VERSIONS


async def test_a_source_that_goes_takes_its_shelf_along(workshop: Workshop) -> None:
    workshop.write("a.py", ALPHA)
    await workshop.settle()
    (workshop.root / "a.py").unlink()
    await workshop.settle()
    assert await workshop.rows("SELECT 1 FROM shelved_files")
    async with workshop.database.transaction() as session:
        await session.execute(text("DELETE FROM sources"))
    assert not await workshop.rows("SELECT 1 FROM shelved_files")


async def test_nothing_is_kept_of_a_file_that_somebody_excludes(workshop: Workshop) -> None:
    workshop.write("private/a.py", ALPHA)
    workshop.write("public/a.py", ALPHA)
    await workshop.settle()
    workshop.write("private/a.py", BETA)
    workshop.write("public/a.py", BETA)
    await workshop.settle()
    workshop.write(".gitignore", "private/\n")
    (workshop.root / "public/a.py").unlink()
    await workshop.settle()
    kept = await workshop.rows("SELECT DISTINCT path FROM shelved_files JOIN shelved_chunks ON file_id = id")
    assert [row.path for row in kept] == ["public/a.py"]
