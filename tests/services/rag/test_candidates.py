"""What is kept of chunks, and which terms nominate them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.rag import candidates as room
from app.services.rag.candidates import Candidates
from app.services.rag.nominating import NOMINATED, nominators
from tests.services.rag.conftest import Workshop

pytestmark = pytest.mark.anyio


async def ids(workshop: Workshop) -> list[int]:
    return [row["id"] for row in await workshop.database.fetch("SELECT id FROM chunks ORDER BY id", {})]


async def test_candidates_are_read_once_and_a_changed_file_has_new_ones(workshop: Workshop) -> None:
    workshop.write("a.py", "def alpha():\n    return 1\n")
    await workshop.settle()
    kept = Candidates(workshop.database)
    before = await ids(workshop)
    (alpha,) = await kept.of(before)
    assert (alpha.path, list(alpha.defines)) == ("a.py", ["alpha"])
    workshop.write("a.py", "def beta():\n    return 2\n")
    await workshop.settle()
    after = await ids(workshop)
    assert not set(after) & set(before)
    assert [list(item.defines) for item in await kept.of(after)] == [["beta"]]
    assert await kept.of(before) == [alpha], "whoever found it before it was replaced may still show it"
    kept.forget()
    assert await kept.of(before) == []


async def test_no_more_are_kept_than_fit(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "KEPT", 3)
    for number in range(6):
        workshop.write(f"f{number}.py", f"def f{number}():\n    return {number}\n")
    await workshop.settle()
    kept = Candidates(workshop.database)
    assert len(await kept.of(await ids(workshop))) == 6
    assert len(kept._kept) == 3


@given(st.dictionaries(st.integers(0, 50), st.integers(0, 3 * NOMINATED), min_size=1))
def test_the_rarest_terms_nominate_as_many_chunks_as_are_allowed_and_one_always_does(documents: dict[int, int]) -> None:
    chosen = nominators(documents, documents, total=50 * NOMINATED)
    assert chosen
    assert sum(documents[term] for term in chosen) <= NOMINATED or len(chosen) == 1
    others = documents.keys() - set(chosen)
    assert all(documents[term] >= max(documents[one] for one in chosen) for term in others)
    if others:
        assert sum(documents[term] for term in chosen) + min(documents[term] for term in others) > NOMINATED


def test_a_common_term_nominates_only_where_none_is_rare() -> None:
    assert nominators([1, 2], {1: 5, 2: 40}, total=100) == [1]
    assert nominators([2, 3], {2: 40, 3: 30}, total=100) == [3, 2]
    assert nominators([4], {4: 1}, total=2) == [4]
