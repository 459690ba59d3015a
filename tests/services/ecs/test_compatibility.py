"""Compatibility: explained, mutual, the same for one and for many, and harsh on kin."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.ecs.catalogue import SCALE, catalogue
from app.services.ecs.compatibility import Compatibility, compare, compatibility, level_of, matches
from app.services.ecs.genetics import Traits, allele_frequencies, founders, phenotypes
from app.services.ecs.randomness import numbers, stream

HERE = catalogue()
COUNT = len(HERE.spirits)
SPIRITS = np.arange(COUNT, dtype=np.int64)
MEMBERS = phenotypes(
    HERE,
    founders(np.stack([allele_frequencies(HERE, spirit) for spirit in HERE.spirits]), stream(1, "f"), numbers(COUNT)),
    stream(1, "e"),
    numbers(COUNT),
)
KINSHIPS = st.sampled_from((0.0, 1 / 64, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 1.0))
NUMBERS = st.integers(0, COUNT - 1)


def fit(one: int, other: int, kinship: float = 0.0) -> Compatibility:
    return compatibility(HERE, MEMBERS[one], one, MEMBERS[other], other, kinship)


def of(**traits: float) -> Traits:
    """An agent with these traits, and half of all others."""
    return np.array([round(traits.get(trait.name, 0.5) * SCALE) for trait in HERE.traits], dtype=np.int32)


def alone(one: Traits, other: Traits, kinship: float = 0.0) -> Compatibility:
    fox = HERE.spirit_of["fox"].number
    return compatibility(HERE, one, fox, other, fox, kinship)


@given(NUMBERS, NUMBERS, KINSHIPS)
def test_compatibility_is_mutual_and_between_0_and_1(one: int, other: int, kinship: float) -> None:
    here, there = fit(one, other, kinship), fit(other, one, kinship)
    assert 0 <= here.score <= 1
    assert (here.score, here.level, here.breeding_recommended) == (there.score, there.level, there.breeding_recommended)
    assert here.level == level_of(here.score)


@given(NUMBERS)
def test_many_at_once_have_the_score_of_each_alone(one: int) -> None:
    kinships = np.where(SPIRITS % 5 == 0, 0.125, 0.0)
    scores = compare(HERE, MEMBERS[one], one, MEMBERS, SPIRITS, kinships).score
    assert scores.tolist() == [fit(one, other, float(kinships[other])).score for other in range(COUNT)]


@given(NUMBERS, NUMBERS)
def test_closer_kin_fit_less(one: int, other: int) -> None:
    scores = [fit(one, other, kinship).score for kinship in (0, 1 / 64, 1 / 16, 1 / 8, 1 / 4, 1 / 2)]
    assert scores == sorted(scores, reverse=True)
    assert scores[4] == pytest.approx(scores[0] / 2, abs=1e-4)
    assert scores[5] == 0
    assert not fit(one, other, 1 / 16).breeding_recommended


@pytest.mark.parametrize(
    ("score", "level"),
    [
        (1.0, "excellent"),
        (0.8, "excellent"),
        (0.7999, "good"),
        (0.6, "good"),
        (0.5999, "moderate"),
        (0.4, "moderate"),
        (0.3999, "poor"),
        (0.2, "poor"),
        (0.1999, "very_poor"),
        (0.0, "very_poor"),
    ],
)
def test_levels_are_those_of_the_contract(score: float, level: str) -> None:
    assert level_of(score) == level


def test_each_pairing_means_what_it_says() -> None:
    one, other = of(loyalty=0.9, dominance=0.9, healer=0.1), of(loyalty=0.2, dominance=0.3, healer=0.8)
    found = matches(HERE, one, other[np.newaxis])[0]
    match = {trait.name: value / SCALE for trait, value in zip(HERE.traits, found, strict=True)}
    assert match["loyalty"] == pytest.approx(0.3)
    assert match["dominance"] == pytest.approx(0.8)
    assert match["healer"] == pytest.approx(0.8)


def test_what_is_alike_helps_and_two_who_want_to_lead_quarrel() -> None:
    loyal, fickle = of(loyalty=0.9, empathy=0.9), of(loyalty=0.1, empathy=0.1)
    assert alone(loyal, loyal).score > alone(loyal, fickle).score
    lead, follow = of(dominance=0.95, leader=0.9), of(dominance=0.1, leader=0.1)
    assert alone(lead, follow).score > alone(lead, lead).score
    assert alone(lead, follow).score > alone(follow, follow).score


def test_reasons_say_why() -> None:
    found = alone(of(dominance=0.95, playfulness=0.9), of(dominance=0.95, playfulness=0.1), kinship=0.25)
    assert "Together they have too much dominance (0.95 and 0.95)." in found.reasons
    assert "They are far apart in playfulness (0.90 and 0.10)." in found.reasons
    assert "Both are fox (affinity 0.90)." in found.reasons
    assert found.reasons[-1] == (
        "They are as close as full siblings, or parent and child: their children would have an inbreeding of 0.25."
    )
    weak = found.trait_analysis.weaknesses
    assert {pair.trait for pair in weak[:2]} == {"dominance", "playfulness"}
    assert (weak[0].first, weak[0].match) in {(0.95, 0.1), (0.9, 0.2)}
    kind = alone(of(loyalty=0.9, empathy=0.8), of(loyalty=0.9, empathy=0.8))
    assert "They are alike in loyalty (0.90 and 0.90)." in kind.reasons
    assert not any("inbreeding" in reason for reason in kind.reasons)
    low = alone(of(builder=0.1, dominance=0.1), of(builder=0.2, dominance=0.1))
    assert "Neither has much builder (0.10 and 0.20)." in low.reasons
    assert "Together they have too little dominance (0.10 and 0.10)." in low.reasons


@pytest.mark.parametrize(
    ("kinship", "words"),
    [
        (0.5, "one and the same"),
        (0.125, "half siblings"),
        (0.07, "first cousins"),
        (0.02, "second"),
        (0.001, "distant"),
    ],
)
def test_kin_are_called_by_how_close_they_are(kinship: float, words: str) -> None:
    assert words in fit(1, 2, kinship).reasons[-1]


def test_spirits_that_hunt_each_other_fit_less_than_friends() -> None:
    number = {name: spirit.number for name, spirit in HERE.spirit_of.items()}
    fox = number["fox"]
    assert fit(fox, number["otter"]).affinity == 0.75
    affinities = [fit(fox, number[name]).affinity for name in ("kitsune", "wolf", "lynx")]
    assert affinities == sorted(affinities, reverse=True)
    assert any("lynx seldom get on" in reason for reason in fit(fox, number["lynx"]).reasons)


def test_scores_use_the_whole_scale() -> None:
    """Of strangers most are moderate or good, of one spirit good or excellent; no level is out of reach."""
    scores = np.concatenate(
        [compare(HERE, MEMBERS[one], one, MEMBERS, SPIRITS, np.zeros(COUNT)).score for one in range(COUNT)]
    ).reshape(COUNT, COUNT)
    strangers = scores[~np.eye(COUNT, dtype=bool)]
    assert 0.4 < np.median(strangers) < 0.6
    assert strangers.min() < 0.35
    assert strangers.max() > 0.7
    litter = phenotypes(
        HERE,
        founders(allele_frequencies(HERE, HERE.spirit_of["fox"]), stream(2, "f"), numbers(100)),
        stream(2, "e"),
        numbers(100),
    )
    fox = HERE.spirit_of["fox"].number
    foxes = compare(HERE, litter[0], fox, litter[1:], np.full(99, fox), np.zeros(99)).score
    assert np.median(foxes) > 0.6
    assert (foxes >= 0.8).any()
