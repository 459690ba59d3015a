"""Who is near each other meets, now and then, without being asked to."""

from typing import ClassVar

import numpy as np

from app.services.ecs.randomness import stream
from app.services.ecs.society import KINDS, meet
from app.services.ecs.space import Grid
from app.services.ecs.state.world import World
from app.services.ecs.systems.system import System

NEAR = 10.0
"""Units within which two meet."""

READINESS = 0.02
"""The chance of each, every second: about one meeting a minute where somebody is near."""


class Encounters(System):
    """Lets some meet who is nearest to them."""

    priority: ClassVar[int] = 60
    every: ClassVar[int] = 10

    def run(self, world: World) -> None:
        """Find who begins, whom they meet, and let them interact, in the order of their rows."""
        rows, motion = world.living, world.motion
        serial = rows.astype(np.uint64)
        drawn = stream(world.seed, "encounter", world.clock.tick)
        open_to = motion["sociable"][rows] <= world.clock.tick
        begins = rows[open_to & (drawn.uniforms(serial) < READINESS)]
        if not len(begins) or len(rows) < 2:
            return
        kinds = stream(world.seed, "encounter kind", world.clock.tick)
        grid = Grid.of(rows, motion["x"][rows], motion["y"][rows], NEAR)
        places, found, _ = grid.pairs(motion["x"][begins], motion["y"][begins], NEAR)
        other = begins[places] != found
        places, found = places[other], found[other]
        first = np.flatnonzero(np.diff(places, prepend=-1))
        for place, met in zip(places[first].tolist(), found[first].tolist(), strict=True):
            one = int(begins[place])
            if max(motion["sociable"][one], motion["sociable"][met]) <= world.clock.tick:
                meet(world, one, met, kinds.below(len(KINDS), np.array([one], dtype=np.uint64))[0], asked=False)
