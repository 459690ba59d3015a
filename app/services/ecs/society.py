"""Interactions and what comes of them: kinds, outcomes that can be bad, and relationships that grow and fade."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from app.services.ecs.catalogue import SCALE, catalogue
from app.services.ecs.memory import NO_MESSAGE, remember
from app.services.ecs.randomness import stream
from app.services.ecs.state.clock import TICKS_A_SECOND
from app.services.ecs.state.world import World

REST_TICKS = 10 * TICKS_A_SECOND
"""After a meeting, before the next one that nobody asked for."""

MOST_BONDS = 200_000
"""Relationships one world keeps, 40 bytes each; the weakest gives way to a new one."""

FRIENDS = 0.5
"""The affinity from which two are friends, and below minus which they are rivals."""


class Outcome(IntEnum):
    """How an interaction went."""

    bad = -1
    neutral = 0
    good = 1


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of interaction.

    Attributes:
        name: As it is asked for.
        description: In words.
        helps: Traits that let it go well.
        hinders: Traits that let it go badly.
        ease: How likely it goes well between two of average traits who do not know each other, 0 to 1.
        gain: What it does to the affinity when it goes well.
        loss: What it takes from it when it goes badly.
        effort: Energy it takes from both.
        importance: Of the memory, 1 to 10; a bad outcome is remembered two points more.
    """

    name: str
    description: str
    helps: tuple[str, ...]
    hinders: tuple[str, ...]
    ease: float
    gain: float
    loss: float
    effort: float
    importance: int


KINDS = (
    Kind("greet", "say hello", ("charisma",), ("aggression",), 0.7, 0.03, 0.03, 0.005, 1),
    Kind("chat", "talk", ("charisma", "empathy"), ("aggression",), 0.6, 0.05, 0.05, 0.01, 2),
    Kind("play", "play together", ("playfulness",), ("aggression", "dominance"), 0.6, 0.10, 0.10, 0.05, 3),
    Kind("groom", "care for each other's coat", ("empathy", "patience"), ("independence",), 0.55, 0.12, 0.08, 0.01, 3),
    Kind("share", "share food", ("loyalty", "empathy"), ("dominance",), 0.65, 0.15, 0.10, 0.02, 4),
    Kind("teach", "show how something is done", ("patience", "teacher"), ("dominance",), 0.5, 0.12, 0.08, 0.03, 4),
    Kind("explore", "look around together", ("curiosity", "explorer"), ("patience",), 0.55, 0.10, 0.06, 0.06, 3),
    Kind("court", "court", ("charisma", "playfulness"), ("aggression",), 0.4, 0.20, 0.15, 0.04, 6),
    Kind(
        "compete",
        "measure their strength",
        ("courage", "strength"),
        ("aggression", "dominance"),
        0.35,
        0.08,
        0.18,
        0.08,
        5,
    ),
    Kind("argue", "argue", ("empathy", "patience"), ("aggression", "dominance"), 0.2, 0.06, 0.20, 0.04, 6),
)
"""Numbered by their place, which the log and the saved state hold: new ones go to the end."""

KIND_OF = {kind.name: number for number, kind in enumerate(KINDS)}

PLACE_OF = {trait.name: place for place, trait in enumerate(catalogue().traits)}


@dataclass(frozen=True, slots=True)
class Meeting:
    """An interaction that took place."""

    number: int
    outcome: Outcome
    change: float
    affinity: float


def meet(world: World, a: int, b: int, number_of_kind: int, *, asked: bool, message: int = NO_MESSAGE) -> Meeting:
    """Let two agents interact, once, and keep what comes of it."""
    kind = KINDS[number_of_kind]
    world.counts.meetings += 1
    number = world.counts.meetings
    bond = bond_between(world, a, b)
    affinity, familiarity = float(world.bonds["affinity"][bond]), float(world.bonds["familiarity"][bond])
    outcome = outcome_of(kind, warmth(world, kind, a, b) + 0.2 * affinity, chance(world, number))
    change = change_of(kind, outcome, affinity)
    world.bonds["affinity"][bond] = affinity + change
    world.bonds["familiarity"][bond] = familiarity + 0.1 * (1 - familiarity)
    world.bonds["meetings"][bond] += 1
    world.bonds["last"][bond] = world.clock.tick
    world.bonds.touch(bond)
    told = {"tick": world.clock.tick, "a": a, "b": b, "kind": number_of_kind, "outcome": outcome, "change": change}
    world.meetings.add(number, told | {"asked": asked})
    importance = kind.importance + (2 if outcome is Outcome.bad else 0)
    for one, other in ((a, b), (b, a)):
        world.motion["energy"][one] = max(0.0, float(world.motion["energy"][one]) - kind.effort)
        world.motion["sociable"][one] = world.clock.tick + REST_TICKS
        kept = {"about": other, "kind": number_of_kind, "outcome": outcome, "importance": importance}
        world.motion.touch(one)
        remember(world, one, kept | {"message": message})
    _tell_of_change(world, a, b, affinity, affinity + change)
    return Meeting(number, outcome, change, affinity + change)


def chance(world: World, number: int) -> float:
    """Return the chance of a meeting, 0 to 1."""
    return stream(world.seed, "meeting", number).uniform(0)


def warmth(world: World, kind: Kind, a: int, b: int) -> float:
    """Return how likely it goes well, by the kind and by the traits of both; may be below 0 or above 1."""
    traits = world.genes["traits"]

    def lean(names: tuple[str, ...]) -> float:
        total = sum(int(traits[one, PLACE_OF[name]]) for name in names for one in (a, b))
        return total / (2 * len(names) * SCALE) - 0.5

    return kind.ease + 0.6 * lean(kind.helps) - 0.6 * lean(kind.hinders)


def outcome_of(kind: Kind, likely: float, drawn: float) -> Outcome:
    """Return the outcome: of what does not go well, half goes badly, and the more the less likely it was to go well."""
    good = min(max(likely, 0.05), 0.95)
    if drawn < good:
        return Outcome.good
    return Outcome.bad if drawn >= good + (1 - good) * 0.5 * (1 + kind.ease) / 2 else Outcome.neutral


def change_of(kind: Kind, outcome: Outcome, affinity: float) -> float:
    """Return the change of affinity: the nearer it is to its bound on that side, the less."""
    if outcome is Outcome.good:
        return kind.gain * (1 - affinity) * 0.5
    return -kind.loss * (1 + affinity) * 0.5 if outcome is Outcome.bad else 0.0


def bond_between(world: World, a: int, b: int) -> int:
    """Return the row of their relationship, which begins now if there is none."""
    pair = (min(a, b), max(a, b))
    bond = world.bond_of.get(pair)
    if bond is not None:
        return bond
    beginning = {"a": pair[0], "b": pair[1], "affinity": 0.0, "familiarity": 0.0, "meetings": 0}
    if world.bonds.size < MOST_BONDS:
        bond = world.bonds.append(beginning)
    else:
        bond = int(world.bonds["familiarity"].argmin())
        del world.bond_of[int(world.bonds["a"][bond]), int(world.bonds["b"][bond])]
        for name, value in beginning.items():
            world.bonds[name][bond] = value
    world.bond_of[pair] = bond
    return bond


def standing(affinity: float, familiarity: float) -> str:
    """Return what two are to each other, in a word."""
    if affinity >= FRIENDS:
        return "friend"
    if affinity <= -FRIENDS:
        return "rival"
    return "acquaintance" if familiarity >= 0.1 else "stranger"


def relationship(world: World, a: int, b: int) -> str:
    """Return what two are to each other, in a word."""
    bonds = world.bonds
    found = np.flatnonzero((bonds["a"] == min(a, b)) & (bonds["b"] == max(a, b)))
    if not len(found):
        return "stranger"
    return standing(float(bonds["affinity"][found[0]]), float(bonds["familiarity"][found[0]]))


def _tell_of_change(world: World, a: int, b: int, before: float, after: float) -> None:
    ids = [world.people.texts["agent_id"][one] for one in (a, b)]
    if before < FRIENDS <= after:
        world.tell("friendship", agents=ids)
    elif after <= -FRIENDS < before:
        world.tell("rivalry", agents=ids)
