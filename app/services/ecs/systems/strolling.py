"""Agents that nobody sent anywhere walk about."""

from typing import ClassVar

import numpy as np

from app.services.ecs.randomness import stream
from app.services.ecs.space import SIDE
from app.services.ecs.state.world import World
from app.services.ecs.systems.movement import Seek
from app.services.ecs.systems.system import System

READINESS = 0.02
"""The chance in each tick: one stands five seconds between two walks."""

FARTHEST = 60.0
"""Units along each axis: with 25, the same few meet all day; with 200, nobody stays with anybody."""

TIRED = 0.2
"""Nobody sets out with less energy."""


class Strolling(System):
    """Gives targets to some of those who have none."""

    priority: ClassVar[int] = 90

    def run(self, world: World) -> None:
        """Let some set out."""
        motion, rows = world.motion, world.living
        idle = rows[(motion["seek"][rows] == Seek.nothing) & (motion["energy"][rows] >= TIRED)]
        if not len(idle):
            return
        drawn = stream(world.seed, "stroll", world.clock.tick)
        going = idle[drawn.uniforms(idle.astype(np.uint64) * np.uint64(4)) < READINESS]
        if not len(going):
            return
        serial = going.astype(np.uint64) * np.uint64(4)
        for number, (place, target) in enumerate((("x", "tx"), ("y", "ty")), start=1):
            step = (2 * drawn.uniforms(serial + np.uint64(number)) - 1) * FARTHEST
            motion[target][going] = np.minimum(np.maximum(motion[place][going] + step, 0.0), SIDE)
        motion["reach"][going] = 0.0
        motion["seek"][going] = Seek.stroll
