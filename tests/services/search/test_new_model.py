"""A new version of the built-in model takes over without a gap in answers, and without a comparison of its vectors with
those of the old one."""

import pytest
from sqlalchemy import text

from app.core.access import ANONYMOUS
from app.services.rag.scope import Scope
from tests.services.search.conftest import Desk

pytestmark = pytest.mark.anyio

MEDIAN = "median numbers"


async def dense_paths(desk: Desk) -> set[str]:
    asked = await desk.rag.sources(ANONYMOUS)
    ranked = await desk.rag.dense(MEDIAN, Scope(sources=asked.ids), 50)
    return {found.path for found in (await desk.rag.chunks([item.chunk_id for item in ranked])).values()}


async def test_old_vectors_are_not_asked_until_each_is_replaced(desk: Desk) -> None:
    everywhere = await dense_paths(desk)
    assert "app/median.py" in everywhere
    asked = await desk.ask(query=MEDIAN, explain=True)
    async with desk.workshop.database.transaction() as session:
        await session.execute(text("UPDATE files SET model = 'an-older-model' WHERE path = 'docs/guide.md'"))
    await desk.rag.refresh()
    assert await dense_paths(desk) == set()

    between = await desk.ask(query=MEDIAN, explain=True)
    assert between["results"][0]["path"] == "app/median.py"
    assert not between["cached"]
    assert "dense" in str(asked["results"][0]["explain"])
    assert "dense" not in str(between["results"][0]["explain"])

    async with desk.workshop.database.transaction() as session:
        await session.execute(text("UPDATE files SET state = 'pending' WHERE model = 'an-older-model'"))
    await desk.index()
    assert await dense_paths(desk) == everywhere
