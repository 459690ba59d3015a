"""What happens by itself: systems, in the order of their priority, on a fixed step of a tenth of a second.

A system reads and writes columns and keeps no state of its own. `esper` is the field's library for this: it keeps each
component as an object and hands them to processors one after another, which takes 22 times as long as columns at 1,000
agents and 12 times at 10,000 (`python -m benchmarks.world_speed`). What it would give us, the order by priority, is the
loop of `step`.
"""

from app.services.ecs.state.world import World
from app.services.ecs.systems.breeding import Breeding
from app.services.ecs.systems.encounters import Encounters
from app.services.ecs.systems.energy import Energy
from app.services.ecs.systems.fading import Fading
from app.services.ecs.systems.lifecycle import Lifecycle
from app.services.ecs.systems.movement import Movement
from app.services.ecs.systems.sampling import Sampling
from app.services.ecs.systems.strolling import Strolling
from app.services.ecs.systems.system import System

SYSTEMS: tuple[System, ...] = tuple(
    sorted(
        (Lifecycle(), Strolling(), Movement(), Energy(), Encounters(), Breeding(), Fading(), Sampling()),
        key=lambda system: -system.priority,
    )
)
"""Every system, the highest priority first."""


def step(world: World) -> None:
    """Let a tick pass."""
    clock = world.clock
    for system in SYSTEMS:
        if clock.tick % system.every == 0:
            system.run(world)
    clock.tick += 1
    if clock.owed:
        clock.owed -= 1
