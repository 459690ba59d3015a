"""Rows encoded here are what PostgreSQL reads."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from app.db.bulk import copy_binary
from app.db.database import Database
from app.services.rag.indexing.rows import term_rows, vector_rows
from app.services.rag.models import DIMENSION, TERM_SPACE

pytestmark = pytest.mark.anyio

WEIGHTS = st.dictionaries(st.integers(0, TERM_SPACE - 1), st.floats(2**-10, 100, width=32), min_size=0, max_size=60)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(WEIGHTS, min_size=1, max_size=5))
async def test_terms_come_back_as_they_were(main_database: Database, rows: list[dict[int, float]]) -> None:
    ids = [2**40 + number for number in range(len(rows))]
    async with main_database.transaction() as session:
        await session.execute(text("CREATE TEMP TABLE t (LIKE chunk_terms) ON COMMIT DROP"))
        content = term_rows(ids, [7] * len(rows), rows)
        await copy_binary(session, "t", ("chunk_id", "source_id", "terms", "weights"), content)
        found = (await session.execute(text("SELECT chunk_id, source_id, terms, weights FROM t ORDER BY 1"))).all()
    assert [row.chunk_id for row in found] == ids
    for row, weights in zip(found, rows, strict=True):
        assert row.source_id == 7
        assert list(row.terms) == sorted(weights)
        assert dict(zip(row.weights.indices(), row.weights.values(), strict=True)) == weights


async def test_vectors_come_back_rounded_to_half_precision(main_database: Database) -> None:
    vectors = np.random.default_rng(1).normal(size=(4, DIMENSION)).astype(np.float32)
    async with main_database.transaction() as session:
        await session.execute(text("CREATE TEMP TABLE v (LIKE chunk_vectors) ON COMMIT DROP"))
        await copy_binary(
            session, "v", ("chunk_id", "source_id", "embedding"), vector_rows([1, 2, 3, 4], [9] * 4, vectors)
        )
        found = (await session.execute(text("SELECT chunk_id, source_id, embedding FROM v ORDER BY 1"))).all()
    assert [(row.chunk_id, row.source_id) for row in found] == [(n, 9) for n in (1, 2, 3, 4)]
    read = np.array([row.embedding.to_list() for row in found], np.float32)
    np.testing.assert_array_equal(read, vectors.astype(np.float16).astype(np.float32))
