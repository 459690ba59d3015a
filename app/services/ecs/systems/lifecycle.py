"""Agents grow up, grow old and, where the rules say so, die."""

from typing import ClassVar

import numpy as np

from app.services.ecs.agents import leave
from app.services.ecs.life import Stage
from app.services.ecs.state.world import World
from app.services.ecs.systems.system import System


class Lifecycle(System):
    """Moves agents from stage to stage."""

    priority: ClassVar[int] = 100
    every: ClassVar[int] = 10

    def run(self, world: World) -> None:
        """Set the stage of everybody whose time has come."""
        rows, people, tick = world.living, world.people, world.clock.tick
        born, matures, ages = (people[name][rows] for name in ("born", "matures", "ages"))
        stage = (2 * (tick - born) >= matures - born).astype(np.int8)
        stage += tick >= matures
        stage += tick >= ages
        changed = rows[stage != people["stage"][rows]]
        people["stage"][rows] = stage
        if len(changed):
            people.touch_rows(changed)
            for row in changed.tolist():
                world.tell("stage", agent_id=people.texts["agent_id"][row], stage=Stage(int(people["stage"][row])).name)
        if world.rules.death_by_age:
            for row in rows[tick >= people["dies"][rows]].tolist():
                leave(world, row, kind="died")
