"""Relationships fade where nobody tends them."""

from typing import ClassVar

from app.services.ecs.life import YEAR
from app.services.ecs.state.world import World
from app.services.ecs.systems.system import System

AFFINITY_KEPT = 0.98
"""Of the affinity, each year: half is left after 34 minutes at speed 1."""

FAMILIARITY_KEPT = 0.99
"""One is known longer than one is liked."""


class Fading(System):
    """Takes from every relationship its share."""

    priority: ClassVar[int] = 40
    every: ClassVar[int] = YEAR

    def run(self, world: World) -> None:
        """Let every relationship fade a little."""
        if world.bonds.size and world.clock.tick:
            world.bonds["affinity"][:] *= AFFINITY_KEPT
            world.bonds["familiarity"][:] *= FAMILIARITY_KEPT
            world.bonds.touch_all()
