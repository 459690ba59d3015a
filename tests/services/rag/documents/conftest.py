"""The whole application with a worker beside it, and accounts that send documents in."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import orjson
import pytest
from sqlalchemy import text

from app.db.database import Database
from app.services.rag.worker import Worker
from tests.conftest import House


@dataclass
class Post:
    """Where documents are sent in: `admin` is the first account, `ann` and `bob` are others."""

    house: House
    database: Database
    admin: dict[str, str]
    ann: dict[str, str]
    bob: dict[str, str]

    async def send(self, *items: dict[str, Any], who: dict[str, str] | None = None, **fields: Any) -> dict[str, Any]:
        """Send items in and return the report."""
        body = {"items": list(items), **fields}
        answer = await self.house.client.post("/api/rag/ingest", json=body, headers=who or self.ann)
        assert answer.status_code == 200, answer.text
        report: dict[str, Any] = answer.json()
        assert report["total"] == sum(report[name] for name in ("processed", "unchanged", "failed", "pending"))
        return report

    async def hits(self, question: str, **fields: Any) -> list[dict[str, Any]]:
        answer = await self.house.client.post("/api/rag/query", json={"q": question, **fields})
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["hits"]
        return found

    async def rows(self, sql: str, **values: Any) -> list[Any]:
        async with self.database.reading() as connection:
            return list((await connection.execute(text(sql), values)).all())

    async def documents(self, **query: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.house.client.get("/api/rag/documents", params=query)).json()
        return found


def events(body: str) -> list[dict[str, Any]]:
    """Return the events of an NDJSON stream."""
    return [orjson.loads(line) for line in body.splitlines() if line]


@asynccontextmanager
async def working(database: Database) -> AsyncIterator[None]:
    """Have a worker index whatever comes."""
    task = asyncio.create_task(Worker(database, "worker", 16).run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture(autouse=True)
def many_accounts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test registers three accounts, all from one address."""
    monkeypatch.setenv("RATE_LIMIT_AUTH", "10000/minute")


async def posted(house: House) -> Post:
    """Make the accounts."""
    admin, ann, bob = [await house.account(name) for name in ("root", "ann", "bob")]
    return Post(house, house.service("main_database"), admin, ann, bob)


@pytest.fixture
async def idle_post(house: House) -> Post:
    """Without a worker."""
    return await posted(house)


@pytest.fixture
async def post(idle_post: Post) -> AsyncIterator[Post]:
    async with working(idle_post.database):
        yield idle_post
