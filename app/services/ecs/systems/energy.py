"""Walking tires, standing rests."""

from typing import ClassVar

import numpy as np

from app.services.ecs.state.world import World
from app.services.ecs.systems.movement import Seek
from app.services.ecs.systems.system import System

SPENT_A_SECOND = 0.005
"""While walking: one walks for three minutes until tired."""

GAINED_A_SECOND = 0.01
"""While standing."""


class Energy(System):
    """Keeps everybody's energy, 0 to 1."""

    priority: ClassVar[int] = 70
    every: ClassVar[int] = 10

    def run(self, world: World) -> None:
        """Take from those who walk, give to those who stand."""
        rows, energy = world.living, world.motion["energy"]
        change = np.where(world.motion["seek"][rows] == Seek.nothing, GAINED_A_SECOND, -SPENT_A_SECOND)
        energy[rows] = np.minimum(np.maximum(energy[rows] + change, 0.0), 1.0)
