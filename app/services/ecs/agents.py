"""How agents come into the world and leave it."""

from dataclasses import dataclass, field

import numpy as np

from app.services.ecs import genetics
from app.services.ecs.catalogue import SCALE, Spirit, Style, catalogue
from app.services.ecs.life import Stage, span
from app.services.ecs.naming import generate_name
from app.services.ecs.randomness import numbers, stream
from app.services.ecs.space import SIDE
from app.services.ecs.state.layouts import MEMORIES, NOBODY
from app.services.ecs.state.table import Column
from app.services.ecs.state.world import World

GENDERS = ("female", "male", "nonbinary")
"""Numbered by their place. Any two may have offspring."""

GENDER_WEIGHTS = (49, 49, 2)
"""Of those who are asked for without one, and of offspring."""

MOST_EVER = 200_000
"""Agents that one world ever holds, living or dead: as ancestors they stay, with 900 bytes each."""

PACE = (2.0, 8.0)
"""Units a second of the slowest and the fastest: the fastest crosses the world in two minutes."""

BIRTH_ENERGY = 0.6
FOUNDER_ENERGY = 1.0
PLAY_ROUND = 4.0
"""Units around its first parent within which an infant is born."""

TRAITS = {trait.name: place for place, trait in enumerate(catalogue().traits)}


@dataclass(frozen=True, slots=True)
class Arrival:
    """Somebody who is about to come into the world; what is None is drawn."""

    agent_id: str
    spirit: Spirit
    style: Style
    gender: int
    creator: str
    name: str | None = None
    traits: dict[str, float] = field(default_factory=dict)
    parents: tuple[int, int] | None = None


def arrive(world: World, arrival: Arrival) -> int:
    """Let somebody come into the world and return the row: a grown founder, or an infant that has parents."""
    row = world.people.size
    assert len(world.pedigree) == row  # noqa: S101 - whoever was loaded is in it before the newcomer is
    chosen = stream(world.seed, "place", row)
    name = arrival.name or generate_name(
        catalogue(), arrival.spirit, arrival.style, stream(world.seed, "name", row), world.names
    )
    genome, traits = inherit(world, row, arrival)
    for trait, value in arrival.traits.items():
        traits[TRAITS[trait]] = round(value * SCALE)
    adult, elder, end = span(arrival.spirit.lifespan_years)
    born = world.clock.tick if arrival.parents else world.clock.tick - adult
    first, second = arrival.parents or (NOBODY, NOBODY)
    generations = world.people["generation"]
    world.people.append(
        {
            "spirit": arrival.spirit.number,
            "style": catalogue().styles.index(arrival.style),
            "gender": arrival.gender,
            "generation": 1 + max(int(generations[first]), int(generations[second])) if arrival.parents else 1,
            "parent1": first,
            "parent2": second,
            "born": born,
            "died": NOBODY,
            "active": 1,
            "stage": Stage.infant if arrival.parents else Stage.adult,
            "matures": born + adult,
            "ages": born + elder,
            "dies": born + end,
            "created_ms": world.clock.now_ms(),
            "agent_id": arrival.agent_id,
            "name": name,
            "creator": arrival.creator,
        }
    )
    world.genes.append({"genome": genome.reshape(-1), "traits": traits})
    if arrival.parents:
        x, y = (
            float(np.clip(world.motion[axis][first] + (2 * chosen.uniform(number) - 1) * PLAY_ROUND, 0, SIDE))
            for number, axis in enumerate("xy")
        )
    else:
        x, y = chosen.uniform(0) * SIDE, chosen.uniform(1) * SIDE
    speed = int(traits[TRAITS["speed"]]) / SCALE
    world.motion.append(
        {
            "x": x,
            "y": y,
            "target": NOBODY,
            "pace": PACE[0] + (PACE[1] - PACE[0]) * speed,
            "energy": BIRTH_ENERGY if arrival.parents else FOUNDER_ENERGY,
        }
    )
    world.memories.extend(MEMORIES)
    world.people_changed()
    world.people["inbreeding"][row] = world.pedigree.inbreeding(row)
    return row


def inherit(world: World, row: int, arrival: Arrival) -> tuple[Column, Column]:
    """Return genome and traits of the agent that will be `row`."""
    serial = numbers(row + 1)[row:]
    if arrival.parents:
        first, second = (world.genes["genome"][[parent]].reshape(1, 2, -1) for parent in arrival.parents)
        genome = genetics.offspring(first, second, stream(world.seed, "offspring"), serial)
    else:
        frequencies = genetics.allele_frequencies(catalogue(), arrival.spirit)
        genome = genetics.founders(frequencies, stream(world.seed, "founder"), serial)
    return genome[0], genetics.phenotypes(catalogue(), genome, stream(world.seed, "upbringing"), serial)[0]


def leave(world: World, row: int, *, kind: str) -> None:
    """Let somebody leave the world: by death, or sent away. Relationships and pedigree stay."""
    world.people["active"][row] = 0
    world.people["died"][row] = world.clock.tick
    world.people.touch(row)
    for name in ("vx", "vy", "seek"):
        world.motion[name][row] = 0
    world.motion.touch(row)
    world.counts.died += 1
    world.people_changed()
    world.tell(kind, agent_id=world.people.texts["agent_id"][row], name=world.people.texts["name"][row])
