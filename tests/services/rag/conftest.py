"""A source on disk with its scanner and a worker, on a real database, in this process."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from app.db.database import Database
from app.services.rag.indexing import manifest_repository as manifest
from app.services.rag.indexing.rules import Rules
from app.services.rag.indexing.scanner import Scanner
from app.services.rag.worker import Worker

Index = set[tuple[str, str, int, int]]


@dataclass
class Workshop:
    """Everything a test needs to change a tree and look at its index."""

    root: Path
    database: Database
    scanner: Scanner
    worker: Worker

    def write(self, path: str, content: str) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)

    async def settle(self) -> None:
        """Scan, and work until nothing is left."""
        await self.scanner.scan(1)
        while await self.worker.step():
            pass

    async def index(self) -> Index:
        """Return what is searchable, as (path, chunk text, first line, last line), with both legs complete."""
        rows = await self.rows(
            "SELECT f.path, c.text, c.start_line, c.end_line FROM chunks c JOIN files f ON f.id = c.file_id "
            "JOIN chunk_vectors v ON v.chunk_id = c.id JOIN chunk_terms t ON t.chunk_id = c.id"
        )
        assert len(rows) == (await self.rows("SELECT count(*) FROM chunks"))[0][0]
        return {tuple(row) for row in rows}

    async def rows(self, sql: str, **values: Any) -> list[Any]:
        async with self.database.reading() as connection:
            return list((await connection.execute(text(sql), values)).all())

    async def states(self) -> dict[str, tuple[str, str | None]]:
        return {
            path: (state, reason) for path, state, reason in await self.rows("SELECT path, state, reason FROM files")
        }


async def open_workshop(root: Path, database: Database, name: str = "worker") -> Workshop:
    async with database.transaction() as session:
        await manifest.ensure_source(session, root.name, str(root))
    async with database.reading() as connection:
        source = next(item for item in await manifest.watched_sources(connection) if item.path == str(root))
    return Workshop(root, database, Scanner(database, source, Rules(), 100_000), Worker(database, name, 16))


@pytest.fixture
async def workshop(tmp_path: Path, main_database: Database) -> Workshop:
    root = tmp_path / "tree"
    root.mkdir()
    return await open_workshop(root, main_database)
