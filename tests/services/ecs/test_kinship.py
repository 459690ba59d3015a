"""Kinship: published pedigrees, what must hold for any, and the definition itself as the other way to compute it."""

from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from app.services.ecs import kinship as kinship_module
from app.services.ecs.kinship import NOBODY, Pedigree

Parents = list[tuple[int, int]]


def pedigree_of(parents: Parents) -> Pedigree:
    pedigree = Pedigree()
    for number, (first, second) in enumerate(parents):
        assert pedigree.add(*(None if parent == NOBODY else parent for parent in (first, second))) == number
    return pedigree


FOUNDER = (NOBODY, NOBODY)

PUBLISHED = {
    # Falconer & Mackay 1996, chapter 5: the inbreeding of the last, whose parents are so related
    "full sibs": ([FOUNDER, FOUNDER, (0, 1), (0, 1), (2, 3)], 1 / 4),
    "half sibs": ([FOUNDER, FOUNDER, FOUNDER, (0, 1), (0, 2), (3, 4)], 1 / 8),
    "parent and child": ([FOUNDER, FOUNDER, (0, 1), (0, 2)], 1 / 4),
    "first cousins": ([FOUNDER] * 2 + [(0, 1), (0, 1)] + [FOUNDER] * 2 + [(2, 4), (3, 5), (6, 7)], 1 / 16),
    "double first cousins": (
        [FOUNDER] * 4 + [(0, 1), (0, 1), (2, 3), (2, 3), (4, 6), (5, 7), (8, 9)],
        1 / 8,
    ),
    "uncle and niece": ([FOUNDER] * 2 + [(0, 1), (0, 1), FOUNDER, (2, 4), (3, 5)], 1 / 8),
    "second cousins": (
        [FOUNDER] * 2 + [(0, 1), (0, 1)] + [FOUNDER] * 4 + [(2, 4), (3, 5), (8, 6), (9, 7), (10, 11)],
        1 / 64,
    ),
    "one with itself": ([FOUNDER, (0, 0)], 1 / 2),
    "strangers": ([FOUNDER, FOUNDER, (0, 1)], 0.0),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_coefficients(name: str) -> None:
    parents, inbreeding = PUBLISHED[name]
    assert pedigree_of(parents).inbreeding(len(parents) - 1) == inbreeding


def test_repeated_mating_of_full_sibs() -> None:
    """Falconer & Mackay, table 5.1: F(t) = 1/4 (1 + 2 F(t-1) + F(t-2))."""
    pedigree = pedigree_of([FOUNDER, FOUNDER])
    series = []
    pair = (0, 1)
    for _ in range(11):
        pair = (pedigree.add(*pair), pedigree.add(*pair))
        series.append(round(pedigree.inbreeding(pair[0]), 3))
    assert series == [0, 0.25, 0.375, 0.5, 0.594, 0.672, 0.734, 0.785, 0.826, 0.859, 0.886]


def test_repeated_backcross_to_one_ancestor() -> None:
    """Falconer & Mackay, table 5.1: F(t) = 1/4 (1 + 2 F(t-1)) where the one ancestor is not inbred."""
    pedigree = pedigree_of([FOUNDER, FOUNDER, (0, 1)])
    series = []
    child = 2
    for _ in range(5):
        child = pedigree.add(0, child)
        series.append(pedigree.inbreeding(child))
    assert series == [0.25, 0.375, 0.4375, 0.46875, 0.484375]


def test_the_relationship_matrix_of_a_textbook() -> None:
    """Mrode, Linear Models for the Prediction of Animal Breeding Values, example 2.1, with a parent unknown."""
    pedigree = pedigree_of([FOUNDER, FOUNDER, (0, 1), (0, NOBODY), (3, 2), (4, 1)])
    matrix = [[2 * pedigree.kinship(one, other) for other in range(6)] for one in range(6)]
    assert matrix == [
        [1.0, 0.0, 0.5, 0.5, 0.5, 0.25],
        [0.0, 1.0, 0.5, 0.0, 0.25, 0.625],
        [0.5, 0.5, 1.0, 0.25, 0.625, 0.5625],
        [0.5, 0.0, 0.25, 1.0, 0.625, 0.3125],
        [0.5, 0.25, 0.625, 0.625, 1.125, 0.6875],
        [0.25, 0.625, 0.5625, 0.3125, 0.6875, 1.125],
    ]


@st.composite
def any_parents(draw: st.DrawFn) -> Parents:
    count = draw(st.integers(1, 14))
    return [
        (draw(st.integers(NOBODY, number - 1)), draw(st.integers(NOBODY, number - 1))) if number else FOUNDER
        for number in range(count)
    ]


def tabular(parents: Parents) -> NDArray[np.float64]:
    """The definition, member by member (Emik & Terrill 1949): the kinship with a child is the mean over its parents."""
    table = np.zeros((len(parents), len(parents)))
    for number, (first, second) in enumerate(parents):
        for parent in (first, second):
            if parent != NOBODY:
                table[number, :number] += table[parent, :number] / 2
        table[:number, number] = table[number, :number]
        inbreeding = table[first, second] if NOBODY not in (first, second) else 0.0
        table[number, number] = (1 + inbreeding) / 2
    return table


@given(any_parents())
def test_any_pedigree_agrees_with_the_definition(parents: Parents) -> None:
    pedigree, table = pedigree_of(parents), tabular(parents)
    everyone = np.arange(len(parents))
    for one in everyone.tolist():
        assert [pedigree.kinship(one, other) for other in everyone.tolist()] == table[one].tolist()
        assert pedigree.kinships(one, everyone).tolist() == table[one].tolist()


@given(any_parents())
def test_coefficients_are_symmetric_and_between_0_and_1(parents: Parents) -> None:
    pedigree = pedigree_of(parents)
    for one in range(len(parents)):
        assert 0 <= pedigree.inbreeding(one) <= 1
        assert pedigree.kinship(one, one) == (1 + pedigree.inbreeding(one)) / 2
        for other in range(one):
            assert 0 <= pedigree.kinship(one, other) == pedigree.kinship(other, one) <= 1


@given(any_parents(), st.randoms(use_true_random=False))
def test_the_order_of_birth_of_the_unrelated_does_not_matter(parents: Parents, random: Random) -> None:
    """Members renumbered in any order that has parents before children are as related as before."""
    order: list[int] = []
    left = list(range(len(parents)))
    while left:
        ready = [number for number in left if all(p == NOBODY or p in order for p in parents[number])]
        order.append(random.choice(ready))
        left.remove(order[-1])
    place = {number: order.index(number) for number in order} | {NOBODY: NOBODY}
    there = pedigree_of([(place[parents[number][0]], place[parents[number][1]]) for number in order])
    here = pedigree_of(parents)
    for one in order:
        assert there.generation(place[one]) == here.generation(one)
        for other in order:
            assert there.kinship(place[one], place[other]) == here.kinship(one, other)


@given(any_parents())
def test_a_pedigree_comes_back_from_what_is_kept(parents: Parents) -> None:
    here = pedigree_of(parents)
    kept = np.array([here.inbreeding(number) for number in range(len(parents))])
    first, second = np.array(parents).T
    there = Pedigree.of(first, second, kept)
    for one in range(len(parents)):
        assert there.kinship(0, one) == here.kinship(0, one)
    assert there.add(0, 0) == here.add(0, 0) == len(parents)
    assert there.inbreeding(len(parents)) == here.inbreeding(len(parents))


def test_a_thousand_generations_are_no_recursion() -> None:
    pedigree = pedigree_of([FOUNDER, FOUNDER])
    pair = (0, 1)
    for _ in range(1100):
        pair = (pedigree.add(*pair), pedigree.add(*pair))
    assert pedigree.generation(pair[0]) == 1101
    assert pedigree.inbreeding(pair[0]) == pytest.approx(1)
    assert pedigree.kinship(*pair) <= 1


@pytest.mark.parametrize("parents", [(0, 5), (-2, 0), (7, None)])
def test_a_parent_must_be_there(parents: tuple[int | None, ...]) -> None:
    with pytest.raises(ValueError, match="members"):
        pedigree_of([FOUNDER, FOUNDER]).add(*parents)


def test_strangers_to_the_pedigree_have_no_kinship() -> None:
    pedigree = pedigree_of([FOUNDER, FOUNDER])
    for ask in (lambda: pedigree.kinship(0, 2), lambda: pedigree.kinships(0, np.array([0, -1]))):
        with pytest.raises(ValueError, match="none of the 2 members"):
            ask()
    assert pedigree.kinships(0, np.array([], dtype=np.int64)).tolist() == []


def test_what_was_kept_is_not_believed_blindly() -> None:
    nobody = np.array([NOBODY])
    with pytest.raises(ValueError, match="not in 0"):
        Pedigree.of(nobody, nobody, np.array([np.nan]))
    with pytest.raises(ValueError, match="members"):
        Pedigree.of(np.array([0]), nobody, np.array([0.0]))


def test_a_pedigree_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kinship_module, "MAX_MEMBERS", 2)
    with pytest.raises(ValueError, match="as many as it takes"):
        pedigree_of([FOUNDER] * 3)
