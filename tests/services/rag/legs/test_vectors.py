"""Looking at all vectors and asking the index give the same chunks, and no filter starves an answer."""

import numpy as np
import pytest
from numpy.typing import NDArray
from sqlalchemy import text

from app.db.database import Database
from app.services.rag import vector_repository as vectors
from app.services.rag.found import Ranked
from app.services.rag.scope import Scope, SeenSources
from app.services.rag.vector_repository import BUILT_IN, VectorTable, nearest, table_of_leg
from tests.services.rag.conftest import Workshop
from tests.services.rag.legs.conftest import MakeBench, Switchable

pytestmark = pytest.mark.anyio

CHUNKS = 400


@pytest.fixture
def low_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a few hundred vectors be many."""
    monkeypatch.setattr(vectors, "INDEX_FROM", 100)


async def many(workshop: Workshop) -> None:
    names = ("apple", "socket", "median", "token", "parser", "thread", "mail", "zip", "date", "matrix")
    for number in range(CHUNKS):
        body = f"def {names[number % 10]}_{number}(a):\n    return a + {number}\n"
        workshop.write(f"{'rare' if number == 7 else 'd'}/f{number}.py", body)
    await workshop.settle()


async def ranked(
    database: Database, table: VectorTable, vector: NDArray[np.float32], *, few: bool, scope: Scope
) -> list[Ranked]:
    return await nearest(database, table, vector, scope, 20, few=few)


async def test_an_index_is_built_once_there_is_enough_and_answers_as_a_look_at_all(
    workshop: Workshop, make_bench: MakeBench, low_limit: None
) -> None:
    bench = make_bench(Switchable())
    assert not await vectors.build_index_when_due(workshop.database, BUILT_IN)
    await many(workshop)
    await bench.fill()
    assert await vectors.build_index_when_due(workshop.database, BUILT_IN)
    assert not await vectors.build_index_when_due(workshop.database, BUILT_IN)
    (leg,) = bench.usable()
    async with workshop.database.reading() as connection:
        assert await vectors.index_is_valid(connection, table_of_leg(leg.leg_id)), (
            "the filler built it when it was done"
        )
    unit = bench.rag.embed("read a token from the socket")
    other = (await bench.filler._embedder.embed(["read a token from the socket"]))[0]
    for table, vector in ((BUILT_IN, unit), (table_of_leg(leg.leg_id), other)):
        for scope in (
            bench.scope,
            Scope(bench.scope.sources, languages=("python",)),
            Scope(bench.scope.sources, paths=("d",)),
        ):
            exact = await ranked(workshop.database, table, vector, few=True, scope=scope)
            found = await ranked(workshop.database, table, vector, few=False, scope=scope)
            assert len(found) == len(exact) == 20
            assert len({item.chunk_id for item in found} & {item.chunk_id for item in exact}) >= 18
            assert [item.score for item in found] == sorted((item.score for item in found), reverse=True)
        (only,) = await ranked(
            workshop.database, table, vector, few=False, scope=Scope(bench.scope.sources, paths=("rare",))
        )
        assert (await bench.rag.chunks([only.chunk_id]))[only.chunk_id].path == "rare/f7.py"
        assert await ranked(workshop.database, table, vector, few=False, scope=Scope(SeenSources((999,)))) == []


async def test_half_an_index_is_built_anew(workshop: Workshop, low_limit: None) -> None:
    await many(workshop)
    await vectors.build_index_when_due(workshop.database, BUILT_IN)
    async with workshop.database.transaction() as session:
        await session.execute(
            text("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'chunk_vectors_hnsw'::regclass")
        )
    assert await vectors.build_index_when_due(workshop.database, BUILT_IN)
    async with workshop.database.reading() as connection:
        assert await vectors.index_is_valid(connection, BUILT_IN)


async def test_readers_are_told_how_to_search(workshop: Workshop) -> None:
    async with workshop.database.reading() as connection:
        assert await connection.scalar(text("SHOW hnsw.iterative_scan")) == "strict_order"
        assert await connection.scalar(text("SHOW hnsw.ef_search")) == "200"
