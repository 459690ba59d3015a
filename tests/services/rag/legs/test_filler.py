"""A leg is filled, newest first, through whatever happens to its backend; and it never claims what is not there."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from app.core.access import ANONYMOUS
from app.services.rag import reporting
from app.services.rag.errors import EmbeddingUnavailable
from app.services.rag.legs import repository
from app.services.rag.legs.backends import BackendError
from tests.services.rag.legs.conftest import Bench, MakeBench, Switchable, registered

pytestmark = pytest.mark.anyio


def function(name: str) -> str:
    return f"def {name}(total):\n    return total + {len(name)}\n"


async def complete(bench: Bench) -> bool:
    return bool((await bench.workshop.rows("SELECT bool_and(complete) FROM leg_coverage"))[0][0])


async def test_a_leg_is_used_for_a_source_once_it_is_complete_there(make_bench: MakeBench) -> None:
    bench = make_bench(Switchable(), batch_size=2)
    for number in range(7):
        bench.workshop.write(f"f{number}.py", function(f"f{number}"))
    await bench.workshop.settle()
    await bench.fill()
    assert await bench.truth() == {1: (7, 7)}
    (leg,) = bench.usable()
    assert leg.chunks == 7
    (said,) = reporting.indexing(bench.rag, ANONYMOUS).legs
    assert (said.chunks, said.embedded, said.status) == (7, 7, "complete")
    stats = await reporting.stats(bench.rag, ANONYMOUS)
    assert (stats.embeddings[leg.name], stats.coverage[leg.name]) == (7, 1.0)


async def test_the_same_text_is_embedded_once_whatever_comes_and_goes(make_bench: MakeBench) -> None:
    backend = Switchable()
    bench = make_bench(backend)
    bench.workshop.write("a.py", function("first"))
    bench.workshop.write("b.py", function("second"))
    await bench.workshop.settle()
    await bench.fill()
    (bench.workshop.root / "b.py").unlink()
    await bench.workshop.settle()
    await bench.fill()
    backend.asked.clear()
    bench.workshop.write("b.py", function("second"))
    await bench.workshop.settle()
    await bench.fill()
    assert [item for item in backend.asked if "second" in item] == []
    assert await bench.truth() == {1: (2, 2)}


async def test_what_changed_last_is_embedded_first(make_bench: MakeBench) -> None:
    backend = Switchable()
    bench = make_bench(backend, batch_size=1)
    for name in ("old", "older"):
        bench.workshop.write(f"{name}.py", function(name))
    await bench.workshop.settle()
    bench.workshop.write("new.py", function("new"))
    await bench.workshop.settle()
    await bench.fill()
    embedded = [item for item in backend.asked if item.startswith(("new", "old"))]
    assert embedded[0].startswith("new")
    assert len(embedded) == 3


async def test_a_change_interrupts_a_page(make_bench: MakeBench) -> None:
    backend = Switchable()
    bench = make_bench(backend, batch_size=1)
    for number in range(5):
        bench.workshop.write(f"f{number}.py", function(f"f{number}"))
    await bench.workshop.settle()
    bench.filler.changed.set()
    assert await bench.filler.step()
    assert (await bench.truth())[1] == (5, 1)
    bench.filler.changed.clear()
    await bench.fill()
    assert (await bench.truth())[1] == (5, 5)


async def test_a_small_change_does_not_switch_a_leg_off_and_a_large_one_does(make_bench: MakeBench) -> None:
    bench = make_bench(Switchable())
    for number in range(20):
        bench.workshop.write(f"f{number}.py", function(f"f{number}"))
    await bench.workshop.settle()
    await bench.fill()
    before = bench.usable()
    bench.workshop.write("new.py", function("new"))
    await bench.workshop.settle()
    await bench.filler._count(bench.filler._leg or pytest.fail("it has begun"))
    await bench.look()
    assert [leg.name for leg in bench.usable()] == [leg.name for leg in before]
    assert bench.usable() != before, "an answer without the new chunk is another one than with it"
    for number in range(5):
        bench.workshop.write(f"f{number}.py", function(f"changed{number}"))
    await bench.workshop.settle()
    await bench.filler._count(bench.filler._leg or pytest.fail("it has begun"))
    await bench.look()
    assert bench.usable() == []
    assert reporting.indexing(bench.rag, ANONYMOUS).legs[0].status == "15 of 21 chunks embedded"


async def test_new_vectors_change_what_an_answer_depends_on(make_bench: MakeBench) -> None:
    bench = make_bench(Switchable())
    for number in range(20):
        bench.workshop.write(f"f{number}.py", function(f"f{number}"))
    await bench.workshop.settle()
    await bench.fill()
    before = bench.usable()
    bench.workshop.write("f3.py", function("changed"))
    await bench.workshop.settle()
    await bench.fill()
    assert bench.usable() != before
    again = bench.usable()
    await bench.fill()
    assert bench.usable() == again


async def test_a_backend_that_is_away_is_told_and_found_again(make_bench: MakeBench) -> None:
    backend = Switchable(away=True)
    bench = make_bench(backend)
    await registered(bench)
    bench.workshop.write("a.py", function("first"))
    await bench.workshop.settle()
    assert await bench.filler._look() is None
    await bench.look()
    assert reporting.indexing(bench.rag, ANONYMOUS).legs[0].status == "waits: it is away"
    backend.away = False
    assert await bench.filler._look()
    await bench.fill()
    assert reporting.indexing(bench.rag, ANONYMOUS).legs[0].status == "complete"


async def test_a_backend_lost_in_the_middle_loses_nothing(make_bench: MakeBench) -> None:
    backend = Switchable()
    bench = make_bench(backend, batch_size=2)
    for number in range(6):
        bench.workshop.write(f"f{number}.py", function(f"f{number}"))
    await bench.workshop.settle()
    bench.filler.changed.set()
    await bench.filler.step()
    backend.away = True
    with pytest.raises(BackendError):
        await bench.filler.step()
    assert await bench.truth() == {1: (6, 2)}
    assert not await complete(bench)
    backend.away = False
    bench.filler.changed.clear()
    await bench.fill()
    assert await bench.truth() == {1: (6, 6)}


async def test_a_text_that_is_refused_alone_is_noted_and_stops_no_other(make_bench: MakeBench) -> None:
    bench = make_bench(Switchable(refuses="poison"))
    for name in ("first", "poison", "third"):
        bench.workshop.write(f"{name}.py", function(name))
    await bench.workshop.settle()
    await bench.fill()
    assert await bench.truth() == {1: (3, 2)}
    assert await complete(bench)
    assert (
        reporting.indexing(bench.rag, ANONYMOUS).legs[0].status
        == "complete but for 1 chunks that are new or were refused"
    )
    assert not await bench.filler.step(), "it is not asked again"


async def test_without_fallback_a_silent_leg_is_an_error(make_bench: MakeBench) -> None:
    backend = Switchable()
    bench = make_bench(backend, allow_fallback=False)
    bench.workshop.write("a.py", function("first"))
    await bench.workshop.settle()
    await bench.fill()
    usable = bench.usable()
    backend.away = True
    with pytest.raises(EmbeddingUnavailable, match="it is away"):
        await bench.rag.legs.rankings(usable, "a question", bench.scope, 5)
    with pytest.raises(EmbeddingUnavailable, match="EMBEDDING_ALLOW_FALLBACK"):
        bench.usable()


async def test_with_fallback_a_silent_leg_is_left_out_until_it_answers(make_bench: MakeBench) -> None:
    backend = Switchable()
    bench = make_bench(backend)
    bench.workshop.write("a.py", function("first"))
    await bench.workshop.settle()
    await bench.fill()
    usable = bench.usable()
    backend.away = True
    rankings = await bench.rag.dense_legs("first", bench.scope, 5, usable)
    assert set(rankings) == {"dense"}
    assert bench.usable() == []
    assert reporting.indexing(bench.rag, ANONYMOUS).legs[0].status == "embedded, not answering: it is away"
    backend.away = False
    await bench.look()
    assert bench.usable() == usable
    assert set(await bench.rag.dense_legs("first", bench.scope, 5, usable)) == {"dense", usable[0].name}


async def test_a_model_of_another_dimension_begins_a_table_of_its_own(make_bench: MakeBench) -> None:
    backend = Switchable()
    bench = make_bench(backend)
    bench.workshop.write("a.py", function("first"))
    await bench.workshop.settle()
    await bench.fill()
    (before,) = bench.usable()
    assert await bench.paths("first") == ["a.py"]
    backend.dimension = 100
    assert await bench.rag.legs.rankings([before], "another", bench.scope, 5) == {}
    bench.workshop.write("b.py", function("second"))
    await bench.workshop.settle()
    assert await bench.filler._look()
    await bench.fill()
    (after,) = bench.usable()
    assert after.leg_id != before.leg_id
    assert set(await bench.paths("first")) == {"a.py", "b.py"}
    tables = await bench.workshop.rows("SELECT relname FROM pg_class WHERE relname ~ '^leg_[0-9]+$'")
    assert [name for (name,) in tables] == [f"leg_{after.leg_id}"]


async def test_a_leg_nobody_wants_is_dropped_after_a_week(make_bench: MakeBench) -> None:
    bench = make_bench(Switchable())
    bench.workshop.write("a.py", function("first"))
    await bench.workshop.settle()
    await bench.fill()
    for age, kept in (("6 days", 1), ("8 days", 0)):
        async with bench.workshop.database.transaction() as session:
            await session.execute(
                text("UPDATE legs SET wanted_at = now() - CAST(CAST(:age AS text) AS interval)"), {"age": age}
            )
            await repository.register(session, [])
        assert len(await bench.workshop.rows("SELECT id FROM legs")) == kept
        assert len(await bench.workshop.rows("SELECT 1 FROM pg_class WHERE relname ~ '^leg_[0-9]+$'")) == kept


async def test_vectors_of_texts_that_are_gone_are_collected(make_bench: MakeBench) -> None:
    bench = make_bench(Switchable())
    for number in range(6):
        bench.workshop.write(f"f{number}.py", function(f"f{number}"))
    await bench.workshop.settle()
    await bench.fill()
    for number in range(5):
        (bench.workshop.root / f"f{number}.py").unlink()
    await bench.workshop.settle()
    await bench.fill()
    await bench.filler.step()
    leg = bench.rag.legs.known[bench.filler.settings.name].state
    assert leg is not None
    assert (await bench.workshop.rows(f"SELECT count(*) FROM leg_{leg.id:d}"))[0][0] == 1


async def test_a_deleted_source_leaves_no_coverage(make_bench: MakeBench) -> None:
    bench = make_bench(Switchable())
    bench.workshop.write("a.py", function("first"))
    await bench.workshop.settle()
    await bench.fill()
    async with bench.workshop.database.transaction() as session:
        await session.execute(text("DELETE FROM sources"))
    await bench.fill()
    assert await bench.workshop.rows("SELECT * FROM leg_coverage") == []
    assert bench.usable() == []


EDITS = st.lists(
    st.tuples(st.sampled_from(["write", "delete", "step", "away", "back"]), st.integers(0, 4), st.integers(0, 5)),
    max_size=25,
)


@given(edits=EDITS)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_coverage_never_claims_more_than_is_there(
    make_bench: MakeBench, edits: list[tuple[str, int, int]]
) -> None:
    """After any edits the coverage that a step wrote is exact, and complete ends where nothing is missing."""
    backend = Switchable()
    bench = make_bench(backend, batch_size=2)
    bench.workshop.write("always.py", function("always"))
    for action, place, content in edits:
        path = bench.workshop.root / f"f{place}.py"
        backend.away = {"away": True, "back": False}.get(action, backend.away)
        if action == "write":
            bench.workshop.write(path.name, function(f"name_{content}"))
        elif action == "delete":
            path.unlink(missing_ok=True)
        await bench.workshop.settle()
        if action == "step":
            await bench.filler._look()
            await holds(bench, exact=not backend.away)
        stats = await reporting.stats(bench.rag, ANONYMOUS)
        if bench.rag.legs.tables() and bench.filler._leg:
            chunks, embedded = (await bench.truth())[1]
            assert stats.embeddings[bench.filler.settings.name] == embedded
            assert np.isclose(stats.coverage[bench.filler.settings.name], embedded / chunks, atol=1e-4)
    backend.away = False
    await bench.workshop.settle()
    await bench.fill()
    await holds(bench, exact=True)
    assert await complete(bench)


async def holds(bench: Bench, *, exact: bool) -> None:
    rows = await bench.workshop.rows("SELECT source_id, chunks, missing, complete FROM leg_coverage")
    if not exact or not rows:
        return
    truth = await bench.truth()
    for source, chunks, missing, done in rows:
        assert (chunks, chunks - missing) == truth[source]
        assert not done or missing <= repository.TOLERATED_SHARE * chunks
