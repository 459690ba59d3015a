"""What is told of a leg is told of what the caller may see."""

from uuid import uuid4

import pytest
from sqlalchemy import text

from app.core.access import ANONYMOUS, Caller, Role
from app.services.rag import reporting
from app.services.rag.scope import Scope
from tests.services.rag.legs.conftest import MakeBench, Switchable

pytestmark = pytest.mark.anyio


async def test_a_leg_counts_for_each_caller_what_is_theirs_to_see(make_bench: MakeBench) -> None:
    bench = make_bench(Switchable())
    bench.workshop.write("a.py", "def first(total):\n    return total\n")
    await bench.workshop.settle()
    await bench.fill()
    owner = Caller(uuid4(), "ann", Role.user)
    async with bench.workshop.database.transaction() as session:
        await session.execute(
            text("UPDATE sources SET visibility = 'private', owner_id = :owner"), {"owner": owner.user_id}
        )
    for caller, chunks in ((owner, 1), (ANONYMOUS, 0), (Caller(uuid4(), "root", Role.admin), 0)):
        stats = await reporting.stats(bench.rag, caller)
        (said,) = reporting.indexing(bench.rag, caller).legs
        assert (said.chunks, said.embedded) == (chunks, chunks)
        assert stats.embeddings[said.name] == chunks
        scope = Scope((await bench.rag.sources(caller)).ids)
        assert len(bench.rag.legs.usable(scope)) == chunks
