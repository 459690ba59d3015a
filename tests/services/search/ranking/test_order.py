"""How places on legs and factors become one order."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.rag.found import Candidate, Ranked
from app.services.search.ranking import rank
from app.services.search.ranking.order import weights_of
from tests.services.search.ranking.conftest import Make, order, question

RANKING = st.lists(st.integers(0, 30), unique=True, max_size=20).map(
    lambda ids: [Ranked(item, 1.0 - place / 100) for place, item in enumerate(ids)]
)


@given(dense=RANKING, lexical=RANKING)
def test_every_candidate_comes_once_and_a_dominated_one_never_first(dense: list[Ranked], lexical: list[Ranked]) -> None:
    ids = {item.chunk_id for item in (*dense, *lexical)}
    candidates = [Candidate(item, item, f"{item}.py", None, "function", "python", ["x"], 1) for item in ids]
    found = rank(question("zebra"), {"dense": dense, "lexical": lexical}, candidates)
    assert sorted(hit.candidate.chunk_id for hit in found) == sorted(ids)
    for better, worse in pairwise(found):  # each is a file of its own here
        assert better.score >= worse.score
        places = [
            (better.legs.get(leg, (1000, 0.0))[0], worse.legs.get(leg, (1000, 0.0))[0]) for leg in ("dense", "lexical")
        ]
        assert not all(mine > other or (mine == other == 1000) for mine, other in places)


@given(ranking=RANKING, files=st.integers(1, 5))
def test_each_file_shows_its_best_before_any_shows_a_second(ranking: list[Ranked], files: int) -> None:
    candidates = [
        Candidate(
            item.chunk_id, item.chunk_id % files, f"{item.chunk_id % files}.py", None, "function", "python", ["x"], 30
        )
        for item in ranking
    ]
    found = [hit.candidate.file_id for hit in rank(question("zebra"), {"dense": ranking}, candidates)]
    distinct = len(set(found))
    assert len(set(found[:distinct])) == distinct


def test_a_file_of_many_good_chunks_is_preferred(chunk: Make) -> None:
    many = [chunk("many.py", ("x",)) for _ in range(4)]
    assert order("zebra", chunk("one.py", ("x",)), *many)[0] == "many.py"


def test_a_name_is_found_by_its_letters_and_a_sentence_by_its_meaning(chunk: Make) -> None:
    dense, lexical = chunk("dense.py", ("x",)), chunk("lexical.py", ("x",))
    legs = {"dense": [Ranked(dense.chunk_id, 0.9)], "lexical": [Ranked(lexical.chunk_id, 9.0)]}
    for text, first in (("getZebra", "lexical.py"), ("what a zebra eats", "dense.py")):
        assert rank(question(text), legs, [dense, lexical])[0].candidate.path == first


def test_what_an_extra_leg_finds_counts_more_than_what_the_built_in_one_does(chunk: Make) -> None:
    names = ("lexical", "dense", "minilm", "ollama")
    found = {name: chunk(f"{name}.py", ("x",)) for name in names}

    def paths(*legs: str) -> list[str]:
        rankings = {name: [Ranked(found[name].chunk_id, 0.9)] for name in legs}
        return [hit.candidate.path for hit in rank(question("what a zebra eats"), rankings, found.values())]

    assert paths("dense", "lexical", "minilm") == ["minilm.py", "lexical.py", "dense.py"]
    assert paths(*names)[-1] == "dense.py"


@given(
    legs=st.sets(st.sampled_from(["lexical", "dense", "minilm", "ollama", "symbol"])),
    text=st.sampled_from(["Zebra", "a zebra"]),
)
def test_the_weights_of_the_legs_add_to_one_beside_that_of_definitions(legs: set[str], text: str) -> None:
    weights = weights_of(question(text), legs)
    assert weights.keys() == legs | {"symbol"}
    asked = [weight for name, weight in weights.items() if name != "symbol"]
    assert not asked or sum(asked) == pytest.approx(1)
    assert all(weight > 0 for weight in asked)


def test_equal_hits_are_ordered_by_path(chunk: Make) -> None:
    last, first = chunk("b.py", ("x",)), chunk("a.py", ("x",))
    legs = {"minilm": [Ranked(first.chunk_id, 0.5)], "ollama": [Ranked(last.chunk_id, 0.5)]}
    assert [hit.candidate.path for hit in rank(question("zebra"), legs, [last, first])] == ["a.py", "b.py"]


def test_a_leg_without_hits_takes_no_weight(chunk: Make) -> None:
    only = chunk("a.py", ("x",))
    (hit,) = rank(question("zebra"), {"dense": [], "lexical": [Ranked(only.chunk_id, 3.0)]}, [only])
    assert hit.score == 1.5 * 1.25
    assert hit.legs == {"lexical": (1, 3.0)}


def test_a_chunk_that_was_replaced_meanwhile_is_left_out(chunk: Make) -> None:
    there = chunk("a.py", ("x",))
    assert len(rank(question("zebra"), {"dense": [Ranked(999, 1.0), Ranked(there.chunk_id, 0.5)]}, [there])) == 1
    assert rank(question("zebra"), {}, []) == []
