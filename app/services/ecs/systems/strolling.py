"""Agents that nobody sent anywhere walk about."""

from typing import ClassVar

import numpy as np

from app.services.ecs.randomness import stream
from app.services.ecs.space import SIDE, Rows
from app.services.ecs.state.world import World
from app.services.ecs.systems.movement import Seek
from app.services.ecs.systems.system import System

READINESS = 0.02
"""The chance in each tick: one stands five seconds between two walks."""

FARTHEST = 60.0
"""Units along each axis: with 25, the same few meet all day; with 200, nobody stays with anybody."""

TIRED = 0.2
"""Nobody sets out with less energy."""

VISITS = 0.3
"""The share of walks that lead to somebody: without them, ten agents in a whole world never meet."""

VISIT_FARTHEST = 400.0
"""Units; whoever lives further away is not visited, as the way there and back takes all one's energy."""

VISIT_REACH = 4.0

WORDS = 5
"""Of chance that one agent may need in one tick."""


class Strolling(System):
    """Gives targets to some of those who have none."""

    priority: ClassVar[int] = 90

    def run(self, world: World) -> None:
        """Let some set out: most for a place near by, some to somebody."""
        motion, rows = world.motion, world.living
        idle = rows[(motion["seek"][rows] == Seek.nothing) & (motion["energy"][rows] >= TIRED)]
        if not len(idle):
            return
        drawn = stream(world.seed, "stroll", world.clock.tick)
        serial = idle.astype(np.uint64) * np.uint64(WORDS)
        going = drawn.uniforms(serial) < READINESS
        idle, serial = idle[going], serial[going]
        if not len(idle):
            return
        for number, (place, target) in enumerate((("x", "tx"), ("y", "ty")), start=1):
            step = (2 * drawn.uniforms(serial + np.uint64(number)) - 1) * FARTHEST
            motion[target][idle] = np.minimum(np.maximum(motion[place][idle] + step, 0.0), SIDE)
        motion["reach"][idle] = 0.0
        motion["seek"][idle] = Seek.stroll
        visits = drawn.uniforms(serial + np.uint64(3)) < VISITS
        self._visit(world, idle[visits], rows[drawn.below(len(rows), serial[visits] + np.uint64(4))])

    def _visit(self, world: World, rows: Rows, hosts: Rows) -> None:
        motion = world.motion
        dx, dy = motion["x"][hosts] - motion["x"][rows], motion["y"][hosts] - motion["y"][rows]
        near = (rows != hosts) & (dx * dx + dy * dy <= VISIT_FARTHEST * VISIT_FARTHEST)
        motion["target"][rows[near]] = hosts[near]
        motion["reach"][rows[near]] = VISIT_REACH
        motion["seek"][rows[near]] = Seek.visit
