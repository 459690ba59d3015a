"""The texts of a source, in step with the database when they are asked."""

from collections.abc import Sequence

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from app.services.rag import text_repository
from app.services.rag.embedding import StaticEmbedding
from app.services.rag.service import Rag
from app.services.rag.text_repository import FileDetails
from tests.services.rag.conftest import Workshop, open_workshop

pytestmark = pytest.mark.anyio


async def found(rag: Rag) -> dict[str, str]:
    """Return the texts of all files, by path."""
    await rag.refresh()
    sources = list(rag.progress.sources.values())
    await rag.texts.sync(sources)
    entries = rag.texts.candidates([source.id for source in sources], ())
    texts = [item async for batch in rag.texts.read(entries) for item in batch]
    await rag.texts.close()
    return {entry.path: content.decode() for entry, content in texts}


async def test_texts_follow_the_files(workshop: Workshop) -> None:
    rag = Rag(workshop.database, StaticEmbedding.load())
    assert await found(rag) == {}
    workshop.write("a.py", "a = 1\r\n")
    workshop.write("b.py", "b = 1\n")
    await workshop.settle()
    assert await found(rag) == {"a.py": "a = 1\n", "b.py": "b = 1\n"}
    workshop.write("a.py", "a = 2\n")
    (workshop.root / "b.py").unlink()
    await workshop.settle()
    assert await found(rag) == {"a.py": "a = 2\n"}


async def test_a_file_that_goes_before_its_details_are_read_is_forgotten(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    rag = Rag(workshop.database, StaticEmbedding.load())
    workshop.write("a.py", "a = 1\n")
    workshop.write("b.py", "b = 1\n")
    await workshop.settle()
    assert len(await found(rag)) == 2
    workshop.write("a.py", "a = 2\n")
    await workshop.settle()
    read = text_repository.details

    async def after_it_went(connection: AsyncConnection, ids: Sequence[int]) -> list[FileDetails]:
        (workshop.root / "a.py").unlink()
        await workshop.settle()
        return await read(connection, ids)

    monkeypatch.setattr(text_repository, "details", after_it_went)
    assert await found(rag) == {"b.py": "b = 1\n"}


async def test_little_memory_makes_it_slower_only(workshop: Workshop) -> None:
    rag = Rag(workshop.database, StaticEmbedding.load(), text_bytes=1)
    for number in range(20):
        workshop.write(f"{number}.py", f"x = {number}\n")
    await workshop.settle()
    assert await found(rag) == {f"{number}.py": f"x = {number}\n" for number in range(20)}


async def test_sources_are_kept_apart(workshop: Workshop) -> None:
    rag = Rag(workshop.database, StaticEmbedding.load())
    root = workshop.root.parent / "other"
    root.mkdir()
    other = await open_workshop(root, workshop.database, "other")
    other.write("a.py", "other\n")
    workshop.write("a.py", "one\n")
    await workshop.settle()
    await other.settle()
    await found(rag)
    one, two = (rag.texts.candidates([source], ()) for source in sorted(rag.progress.sources))
    assert [entry.source for entry in (*one, *two)] == ["tree", "other"]
