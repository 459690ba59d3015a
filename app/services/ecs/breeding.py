"""Who may have offspring with whom, and how it comes into the world. Two agents, living, grown, rested, unrelated."""

import numpy as np

from app.services.ecs.agents import GENDER_WEIGHTS, MOST_EVER, Arrival, arrive
from app.services.ecs.catalogue import catalogue
from app.services.ecs.errors import NotMature, Resting, SameAgent, TooCloselyRelated, TooOld, WorldFull
from app.services.ecs.life import YEAR, Stage
from app.services.ecs.randomness import stream
from app.services.ecs.state.clock import TICKS_A_SECOND
from app.services.ecs.state.world import World

CLOSEST_KINSHIP = 0.125
"""Wright's kinship from which two are refused: half siblings, grandparent and grandchild, uncle and niece."""

REST_TICKS = YEAR
"""Between two offspring of one parent."""

EFFORT = 0.2
"""Energy that both parents give; with less than that they are refused."""

CREATED_BY_THE_WORLD = ""
"""The creator of agents that were born unasked; administrators may send them away."""


def refuse_relatives(world: World, a: int, b: int) -> None:
    """Check what no time will mend.

    Raises:
        SameAgent: They are one.
        TooCloselyRelated: Their kinship is CLOSEST_KINSHIP or more.
    """
    if a == b:
        raise SameAgent("parent1_id and parent2_id are the same agent: name two.")
    kinship = world.pedigree.kinship(a, b)
    if kinship >= CLOSEST_KINSHIP:
        one, other = (world.people.texts["agent_id"][row] for row in (a, b))
        raise TooCloselyRelated(
            f"parent1_id {one!r} and parent2_id {other!r} have a kinship of {kinship:.3f}, and {CLOSEST_KINSHIP} is "
            f"too close: choose another, GET /api/ecs/agents/{one}/mates names some."
        )


def refuse_unready(world: World, a: int, b: int) -> None:
    """Check what may be otherwise later.

    Raises:
        NotMature, TooOld, Resting: One of them is not able to, now.
    """
    tick = world.clock.tick
    for row in (a, b):
        name = world.people.texts["agent_id"][row]
        matures = int(world.people["matures"][row])
        if tick < matures:
            seconds = (matures - tick) / TICKS_A_SECOND
            raise NotMature(f"Agent {name!r} is too young: it will be grown in {seconds:.0f} s of the world's time.")
        if world.people["stage"][row] == Stage.elder:
            raise TooOld(f"Agent {name!r} is an elder: choose a younger one.")
        rests = int(world.motion["fertile"][row]) - tick
        if rests > 0:
            seconds = rests / TICKS_A_SECOND
            raise Resting(f"Agent {name!r} had offspring: it rests for {seconds:.0f} s more of the world's time.")
        if world.motion["energy"][row] < EFFORT:
            raise Resting(f"Agent {name!r} has no strength left: let it stand still for a while.")


def refuse_crowd(world: World) -> None:
    """Check that there is room.

    Raises:
        WorldFull: There is none.
    """
    limit = world.rules.population_limit
    if len(world.living) >= limit:
        raise WorldFull(f"{limit} agents live, and that is the limit: raise ECS_POPULATION_LIMIT, or delete some.")
    if world.people.size >= MOST_EVER:
        raise WorldFull(f"This world has had {MOST_EVER} agents, more than it keeps: begin another.")


def breed(world: World, a: int, b: int, agent_id: str | None, creator: str) -> int:
    """Let two have an offspring, who were found able to, and return its row."""
    row = world.people.size
    drawn = stream(world.seed, "birth", row)
    parent = drawn.pick((a, b), 0)
    style = drawn.pick((a, b), 1)
    child = arrive(
        world,
        Arrival(
            agent_id=agent_id or free_id(world),
            spirit=catalogue().spirits[int(world.people["spirit"][parent])],
            style=catalogue().styles[int(world.people["style"][style])],
            gender=drawn.weighted(GENDER_WEIGHTS, 2),
            creator=creator,
            parents=(a, b),
        ),
    )
    for row in (a, b):
        world.motion["fertile"][row] = world.clock.tick + REST_TICKS
        world.motion["energy"][row] = float(world.motion["energy"][row]) - EFFORT
    world.motion.touch_rows(np.array([a, b]))
    world.counts.born += 1
    texts = world.people.texts
    world.tell(
        "born",
        agent_id=texts["agent_id"][child],
        name=texts["name"][child],
        spirit=catalogue().spirits[int(world.people["spirit"][child])].name,
        parents=[texts["agent_id"][one] for one in (a, b)],
        generation=int(world.people["generation"][child]),
    )
    return child


def free_id(world: World) -> str:
    """Return an id that no agent has had."""
    number = world.people.size + 1
    while (agent_id := f"agent-{number}") in world.row_of:
        number += 1
    return agent_id
