"""Whatever is sent, replaced, deleted and interrupted: the index ends equal to the documents."""

import asyncio
import random
from contextlib import suppress
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from app.core.access import Caller, Role
from app.db.database import Database
from app.services.ollama.service import Ollama
from app.services.rag.chunking import chunk
from app.services.rag.documents.captions import Captioner
from app.services.rag.documents.schemas import Item
from app.services.rag.documents.service import Documents
from app.services.rag.embedding import StaticEmbedding
from app.services.rag.service import Rag
from app.services.rag.worker import Worker

pytestmark = pytest.mark.anyio

NAMES = ["a.md", "b.py", "c.txt", "folder/a.md"]
TEXTS = ["# One\n\nfirst\n", "def two():\n    return 2\n", "three\n\nparagraphs\n\nhere\n"]
ANN = Caller(uuid4(), "ann", Role.user)


def no_ollama() -> Ollama:
    raise LookupError("no Ollama here")


async def indexed(database: Database) -> dict[str, set[str]]:
    sql = (
        "SELECT f.path, c.text FROM chunks c JOIN files f ON f.id = c.file_id JOIN chunk_vectors v ON v.chunk_id = c.id"
    )
    found: dict[str, set[str]] = {}
    async with database.reading() as connection:
        for path, content in await connection.execute(text(sql)):
            found.setdefault(path, set()).add(content)
    return found


async def delete(documents: Documents, path: str) -> None:
    async with documents.rag.database.reading() as connection:
        file_id = await connection.scalar(text("SELECT id FROM files WHERE path = :path"), {"path": path})
    if file_id is not None:
        await documents.delete(file_id, ANN)


async def step_that_may_be_killed(worker: Worker, chance: random.Random) -> None:
    working = asyncio.create_task(worker.step())
    if chance.random() < 0.4:
        await asyncio.sleep(chance.random() * 0.03)
        working.cancel()
    with suppress(asyncio.CancelledError):
        await working


@pytest.mark.parametrize("seed", range(6))
async def test_the_index_ends_equal_to_the_documents(main_database: Database, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - a test that can be repeated
    documents = Documents(Rag(main_database, StaticEmbedding.load()), 100_000, Captioner(no_ollama, None))
    wanted: dict[str, str] = {}
    for _ in range(25):
        name, content = chance.choice(NAMES), chance.choice(TEXTS)
        match chance.choice(["send", "send", "delete", "work"]):
            case "send":
                item = Item(source=name, content=content)
                ingestion = await documents.take([item], ANN, "shared", force=chance.random() < 0.2)
                assert not ingestion.failures
                wanted[name] = content
            case "delete":
                await delete(documents, name)
                wanted.pop(name, None)
            case "work":
                await step_that_may_be_killed(Worker(main_database, f"worker-{chance.random()}", 16), chance)
    async with main_database.transaction() as session:
        await session.execute(text("UPDATE files SET lease_until = now()"))  # a minute later
    last = Worker(main_database, "last", 16)
    while await last.step():
        pass
    expected = {path: {piece.text for piece in chunk(path, content)} for path, content in wanted.items()}
    assert await indexed(main_database) == expected
    async with main_database.reading() as connection:
        owners = await connection.scalars(text("SELECT owner_id FROM documents"))
        assert {UUID(str(owner)) for owner in owners} <= {ANN.user_id}
