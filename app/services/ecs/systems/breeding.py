"""Where the rules allow it, agents who are near and suit each other have offspring without being asked to."""

from typing import ClassVar

import numpy as np

from app.services.ecs.agents import MOST_EVER
from app.services.ecs.breeding import CLOSEST_KINSHIP, CREATED_BY_THE_WORLD, EFFORT, breed
from app.services.ecs.catalogue import catalogue
from app.services.ecs.compatibility import compare
from app.services.ecs.life import Stage
from app.services.ecs.randomness import stream
from app.services.ecs.space import Grid, Rows
from app.services.ecs.state.world import World
from app.services.ecs.systems.system import System

NEAR = 40.0
"""Units within which somebody is looked for."""

READINESS = 0.1
"""The chance of each who is able to, every five seconds."""

COUPLES_AT_ONCE = 8
"""Births of one tick: an offspring takes 0.3 ms to make, and a tick of 1,000 agents should stay under 4 ms."""

LEAST_SCORE = 0.4
"""Moderate compatibility."""


class Breeding(System):
    """Finds couples, the first by row."""

    priority: ClassVar[int] = 50
    every: ClassVar[int] = 50

    def run(self, world: World) -> None:
        """Let a few couples have offspring, while there is room."""
        room = min(world.rules.population_limit - len(world.living), MOST_EVER - world.people.size, COUPLES_AT_ONCE)
        if not world.rules.breeding or room <= 0:
            return
        rows, motion = world.living, world.motion
        able = rows[
            (world.people["stage"][rows] == Stage.adult)
            & (motion["fertile"][rows] <= world.clock.tick)
            & (motion["energy"][rows] >= EFFORT)
        ]
        drawn = stream(world.seed, "breeding", world.clock.tick).uniforms(able.astype(np.uint64))
        seeking = able[drawn < READINESS][: 4 * COUPLES_AT_ONCE]
        if not len(seeking):
            return
        grid = Grid.of(able, motion["x"][able], motion["y"][able], NEAR)
        places, found, _ = grid.pairs(motion["x"][seeking], motion["y"][seeking], NEAR)
        taken: set[int] = set()
        for place, one in enumerate(seeking.tolist()):
            near = [row for row in found[places == place].tolist() if row != one and row not in taken]
            if one not in taken and near and (mate := best_mate(world, one, np.array(near))) is not None:
                breed(world, one, mate, None, CREATED_BY_THE_WORLD)
                taken |= {one, mate}
                room -= 1
                if not room:
                    return


def best_mate(world: World, one: int, near: Rows) -> int | None:
    """Return who suits best among those near, or None if nobody does well enough; of equals the nearest."""
    kinships = world.pedigree.kinships(one, near)
    traits, spirits = world.genes["traits"], world.people["spirit"]
    found = compare(catalogue(), traits[one], int(spirits[one]), traits[near], spirits[near], kinships).score
    found = np.where(kinships < CLOSEST_KINSHIP, found, 0.0)
    best = int(np.argmax(found))
    return int(near[best]) if found[best] >= LEAST_SCORE else None
