"""Agents travel: velocity towards the target, integrated over the tick, and none when they have arrived.

Only additions, multiplications, divisions and square roots: IEEE 754 rounds these alike on every machine.
"""

from enum import IntEnum
from typing import ClassVar

import numpy as np

from app.services.ecs.space import SIDE, Rows
from app.services.ecs.state.clock import STEP_SECONDS
from app.services.ecs.state.world import World
from app.services.ecs.systems.system import System

SPENT = 0.1
"""With less energy one goes at half the pace."""


class Seek(IntEnum):
    """Where an agent is going."""

    nothing = 0
    place = 1
    agent = 2
    stroll = 3
    visit = 4


class Movement(System):
    """Moves everybody who has somewhere to go."""

    priority: ClassVar[int] = 80

    def run(self, world: World) -> None:
        """Integrate the velocities over one tick."""
        motion = world.motion
        rows = world.living[motion["seek"][world.living] != Seek.nothing]
        motion.touch_all()
        if not len(rows):
            return
        self._follow(world, rows)
        rows = rows[motion["seek"][rows] != Seek.nothing]
        x, y = motion["x"][rows], motion["y"][rows]
        dx, dy = motion["tx"][rows] - x, motion["ty"][rows] - y
        left = np.sqrt(dx * dx + dy * dy)
        way = np.maximum(left - motion["reach"][rows], 0.0)
        pace = np.where(motion["energy"][rows] < SPENT, 0.5, 1.0) * motion["pace"][rows]
        arrives = way <= pace * STEP_SECONDS
        speed = np.where(arrives, way / STEP_SECONDS, pace)
        share = speed / np.maximum(left, 1e-9)
        vx, vy = dx * share, dy * share
        exactly = arrives & (motion["reach"][rows] == 0)
        for name, target, place, velocity in (("x", "tx", x, vx), ("y", "ty", y, vy)):
            moved = np.minimum(np.maximum(place + velocity * STEP_SECONDS, 0.0), SIDE)  # rounding may lead outside
            motion[name][rows] = np.where(exactly, motion[target][rows], moved)
        motion["vx"][rows], motion["vy"][rows] = vx, vy
        self._arrive(world, rows[arrives])

    def _follow(self, world: World, rows: Rows) -> None:
        """Set the target of those who go to somebody to where that one is; who has left is not sought any more."""
        motion = world.motion
        following = rows[(motion["seek"][rows] == Seek.agent) | (motion["seek"][rows] == Seek.visit)]
        if not len(following):
            return
        sought = motion["target"][following]
        motion["tx"][following], motion["ty"][following] = motion["x"][sought], motion["y"][sought]
        motion["seek"][following[world.people["active"][sought] == 0]] = Seek.nothing

    def _arrive(self, world: World, rows: Rows) -> None:
        motion = world.motion
        asked = rows[(motion["seek"][rows] == Seek.place) | (motion["seek"][rows] == Seek.agent)]
        motion["seek"][rows] = Seek.nothing
        motion["vx"][rows] = motion["vy"][rows] = 0.0
        for row in asked.tolist():
            place = {"x": float(motion["x"][row]), "y": float(motion["y"][row])}
            world.tell("arrived", agent_id=world.people.texts["agent_id"][row], **place)
