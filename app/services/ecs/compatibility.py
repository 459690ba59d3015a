"""How well two agents fit: by their traits, their spirits and their kinship, with the reasons.

All but the last steps are sums of whole numbers, so a score is the same to the bit alone or among 10,000.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from app.services.ecs.catalogue import GROUPS, SCALE, Catalogue, Trait
from app.services.ecs.genetics import Traits
from app.services.ecs.kinship import Coefficients, Numbers
from app.services.ecs.reasons import TELLING, TraitPair, against, in_favour, of_kin, of_spirits

Level = Literal["excellent", "good", "moderate", "poor", "very_poor"]

LEVELS: tuple[tuple[float, Level], ...] = ((0.8, "excellent"), (0.6, "good"), (0.4, "moderate"), (0.2, "poor"))
"""The least score of each level; below is `very_poor`."""

WEIGHTS = {"personality": 0.45, "physical": 0.15, "abilities": 0.15, "affinity": 0.25}
"""Of the parts of a score: living together is a matter of character first, and then of who one's people are."""

SPAN = {"personality": (0.45, 0.9), "physical": (0.5, 0.92), "abilities": (0.42, 0.84)}
"""Mean matches that count 0 and 1 in each group. Of the pairs among 1,560 founders of all spirits fewer than one in a
thousand is below, and of those of two spirits fewer than one in a thousand above. Unstretched, the means of many traits
would all lie close together."""

KINSHIP_COST = 2.0
"""The score is multiplied by 1 - 2 f: that of full siblings (f = 1/4) is halved, that of one with itself is 0."""

RECOMMENDED_SCORE = 0.6
RECOMMENDED_KINSHIP = 1 / 16
"""Children of closer kin than this, first cousins, are not recommended, whatever the score."""

SHOWN = 3
"""Traits named for, and against, a pair."""

SCORE_DIGITS = 4


@dataclass(frozen=True, slots=True)
class TraitAnalysis:
    """How well the traits go together, by group, and which speak most for the pair and most against it."""

    personality: float
    physical: float
    abilities: float
    strengths: tuple[TraitPair, ...]
    weaknesses: tuple[TraitPair, ...]


@dataclass(frozen=True, slots=True)
class Compatibility:
    """How well two fit, and why."""

    score: float
    level: Level
    breeding_recommended: bool
    trait_analysis: TraitAnalysis
    affinity: float
    kinship: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Parts:
    """What scores are made of: a number for each pair, from 0 to 1."""

    groups: dict[str, NDArray[np.float64]]
    affinity: NDArray[np.float64]
    score: NDArray[np.float64]


def level_of(score: float) -> Level:
    """Return the word for a score."""
    return next((level for least, level in LEVELS if score >= least), "very_poor")


def matches(catalogue: Catalogue, one: Traits, others: Traits) -> Traits:
    """Return how well each trait of one, (traits,), goes with that of each other, (n, traits), in ten-thousandths.

    Alike: 1 - |a - b|. Balanced: 1 - |a + b - 1|. Covered: the higher of both.
    """
    pairings = np.array([trait.pairing for trait in catalogue.traits])
    alike = SCALE - np.abs(others - one)
    balanced = SCALE - np.abs(others + one - SCALE)
    return np.select([pairings == "alike", pairings == "balanced"], [alike, balanced], np.maximum(others, one))


def compare(
    catalogue: Catalogue, one: Traits, spirit: int, others: Traits, spirits: Numbers, kinships: Coefficients
) -> Parts:
    """Compare one agent with n others.

    Args:
        catalogue: Knows the traits' weights and the spirits' affinities.
        one: Its traits, (traits,), in ten-thousandths.
        spirit: The number of its spirit.
        others: Their traits, (n, traits).
        spirits: The numbers of their spirits, (n,).
        kinships: Their kinship with the one, (n,).
    """
    found = matches(catalogue, one, others)
    groups = {group: _stretched_mean(catalogue, found, group) for group in GROUPS}
    affinity = catalogue.affinity[spirit, spirits] / SCALE
    score = WEIGHTS["affinity"] * affinity
    for group in GROUPS:
        score = score + WEIGHTS[group] * groups[group]
    score = score * np.maximum(0.0, 1 - KINSHIP_COST * kinships)
    return Parts(groups, affinity, np.round(score, SCORE_DIGITS))


def compatibility(
    catalogue: Catalogue, one: Traits, spirit: int, other: Traits, other_spirit: int, kinship: float
) -> Compatibility:
    """Explain how well two agents fit, of traits (traits,) each; `compare` gives the same score for many."""
    parts = compare(
        catalogue, one, spirit, other[np.newaxis], np.array([other_spirit], dtype=np.int64), np.array([kinship])
    )
    score = float(parts.score[0])
    affinity = float(parts.affinity[0])
    pairs = _pairs(catalogue, one, other)
    strengths, weaknesses = tuple(pairs[:SHOWN]), tuple(pairs[: -SHOWN - 1 : -1])
    groups = {group: round(float(values[0]), SCORE_DIGITS) for group, values in parts.groups.items()}
    names = (catalogue.spirits[spirit].name, catalogue.spirits[other_spirit].name)
    return Compatibility(
        score=score,
        level=level_of(score),
        breeding_recommended=score >= RECOMMENDED_SCORE and kinship < RECOMMENDED_KINSHIP,
        trait_analysis=TraitAnalysis(**groups, strengths=strengths, weaknesses=weaknesses),
        affinity=affinity,
        kinship=kinship,
        reasons=(
            *(in_favour(pair) for pair in strengths if pair.match >= TELLING[1]),
            *(against(pair) for pair in weaknesses if pair.match <= TELLING[0]),
            of_spirits(*names, affinity),
            *of_kin(kinship),
        ),
    )


def _pairs(catalogue: Catalogue, one: Traits, other: Traits) -> list[TraitPair]:
    """Return the traits of both, the best match first: by how much it counts, and how far it is from the middle."""
    found = matches(catalogue, one, other[np.newaxis])[0].tolist()
    values = zip(catalogue.traits, one.tolist(), other.tolist(), found, strict=True)
    pairs = [
        (
            _counts(trait) * (match - SCALE // 2),
            TraitPair(trait.name, trait.group, trait.pairing, a / SCALE, b / SCALE, match / SCALE),
        )
        for trait, a, b, match in values
    ]
    return [pair for _, pair in sorted(pairs, key=lambda entry: -entry[0])]


def _counts(trait: Trait) -> float:
    return WEIGHTS[trait.group] * trait.weight


def _stretched_mean(catalogue: Catalogue, found: Traits, group: str) -> NDArray[np.float64]:
    """Return the weighted mean of the matches of a group, stretched to its span."""
    here = catalogue.group(group)
    weights = np.array([trait.weight for trait in catalogue.traits[here]])
    total = (found[:, here] * weights).sum(axis=1, dtype=np.int64)
    low, high = SPAN[group]
    mean: NDArray[np.float64] = total / (SCALE * int(weights.sum()))
    return np.clip((mean - low) / (high - low), 0.0, 1.0)
