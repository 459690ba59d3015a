"""Chance: the published generator, the same on every machine, and as even as it promises."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.ecs.randomness import BELL_BOUND, Stream, numbers, stream

ADDRESS = st.integers(-(1 << 63), (1 << 64) - 1)
MANY = 200_000


def test_words_are_those_of_the_published_splitmix64() -> None:
    published = [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431]
    reference = Stream(1234567, 0x9E3779B97F4A7C15)
    assert reference.words(numbers(5))[1:].tolist() == published


def test_an_address_gives_the_same_on_every_machine() -> None:
    here = stream(-1, "move", 5)
    assert [here.word(0), here.word(1 << 40)] == [7439457195237448765, 2664574482627198085]
    assert here.bells(numbers(2)).tolist() == [-1.7710071507065153, 0.06340316601320593]


@given(ADDRESS, st.text(max_size=20), st.lists(ADDRESS, max_size=4), st.integers(0, (1 << 64) - 1))
def test_one_word_is_that_of_the_array(seed: int, purpose: str, rest: list[int], number: int) -> None:
    here = stream(seed, purpose, *rest)
    array = np.array([number], dtype=np.uint64)
    assert here.words(array).tolist() == [here.word(number)]
    assert here.uniforms(array).tolist() == [here.uniform(number)]
    assert here.gamma % 2 == 1
    assert (here.gamma ^ here.gamma >> 1).bit_count() >= 24


@given(ADDRESS, st.lists(ADDRESS, min_size=1, max_size=3))
def test_every_part_of_an_address_matters(seed: int, rest: list[int]) -> None:
    here = stream(seed, "move", *rest)
    for other in (
        stream(seed + 1, "move", *rest),
        stream(seed, "mate", *rest),
        stream(seed, "move", *rest, 0),
        stream(seed, "move", rest[0] + 1, *rest[1:]),
    ):
        assert other != here


def test_neighbouring_streams_are_independent() -> None:
    rows = np.stack([stream(7, "move", tick).uniforms(numbers(5000)) for tick in range(40)])
    correlation = np.corrcoef(rows) - np.eye(40)
    assert np.abs(correlation).max() < 5 / np.sqrt(5000)
    columns = np.corrcoef(rows[:, :40].T) - np.eye(40)
    assert np.abs(columns).max() < 5 / np.sqrt(40)


def test_uniforms_are_even() -> None:
    counts = np.histogram(stream(1, "even").uniforms(numbers(MANY)), bins=100, range=(0, 1))[0]
    chi_square = ((counts - MANY / 100) ** 2 / (MANY / 100)).sum()
    assert 60 < chi_square < 150  # 99 degrees of freedom: outside once in 1,000 seeds, and this is one seed


@given(st.integers(1, 1 << 32), ADDRESS)
def test_whole_numbers_stay_below_their_bound(bound: int, seed: int) -> None:
    drawn = stream(seed, "below").below(bound, numbers(50))
    assert drawn.min() >= 0
    assert drawn.max() < bound


def test_bells_have_mean_0_and_variance_1() -> None:
    drawn = stream(2, "bell").bells(numbers(MANY))
    assert abs(drawn.mean()) < 4 / np.sqrt(MANY)
    assert abs(drawn.var() - 1) < 4 * np.sqrt(2 / MANY)
    assert np.abs(drawn).max() < BELL_BOUND


def test_weights_are_shares() -> None:
    drawn = [stream(3, "spirit", number).weighted((40, 35, 0, 25), 0) for number in range(4000)]
    shares = np.bincount(drawn, minlength=4) / 4000
    assert shares[2] == 0
    assert np.abs(shares - (0.40, 0.35, 0, 0.25)).max() < 4 * 0.5 / np.sqrt(4000)


def test_each_option_is_as_likely() -> None:
    drawn = [stream(4, "name").pick("abc", number) for number in range(3000)]
    assert all(abs(drawn.count(letter) - 1000) < 4 * np.sqrt(3000 * 2 / 9) for letter in "abc")


@pytest.mark.parametrize("weights", [(), (0, 0), (3, -1)])
def test_weights_that_choose_nothing_are_refused(weights: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="weights"):
        stream(5, "x").weighted(weights, 0)


def test_of_nothing_nothing_is_picked() -> None:
    with pytest.raises(IndexError):
        stream(5, "x").pick((), 0)
