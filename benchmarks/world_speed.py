"""Ticks a second of one small model as columns (ours), with mesa and with esper; and of our whole world.

Usage: python -m benchmarks.world_speed [--agents 100 1000 10000] [--seconds 3]
The model: agents in a square of 1,000 units walk to a place at up to 5 units a second, choose another when they are
there, tire while they walk, and count who is within 10 units every tenth tick. All three do the same arithmetic, on one
thread, one after another, on this machine. `whole world` is everything that a tick of Reynard does: lives, walks and
visits, energy, meetings with their memories, relationships, breeding that is on. mesa and esper are no dependencies:
`pip install mesa esper` brings the field's libraries for this comparison.
"""

import argparse
import random
import resource
import time
from collections.abc import Callable

import esper
import mesa
import numpy as np

from app.services.ecs.commands import apply
from app.services.ecs.commands.command import Order
from app.services.ecs.space import Grid
from app.services.ecs.state.world import World
from app.services.ecs.systems import step

SIDE, PACE, NEAR, STEP, EVERY = 1000.0, 5.0, 10.0, 0.1, 10
CELLS = int(SIDE / NEAR)


def columns(agents: int) -> Callable[[], None]:
    """Return a tick of the model as numpy columns."""
    chance = np.random.default_rng(1)
    x, y, tx, ty = chance.random((4, agents)) * SIDE
    energy, near, rows = np.ones(agents), np.zeros(agents, np.int64), np.arange(agents)
    tick = 0

    def run() -> None:
        nonlocal tick
        dx, dy = tx - x, ty - y
        left = np.sqrt(dx * dx + dy * dy)
        share = np.minimum(PACE * STEP, left) / np.maximum(left, 1e-9)
        x[:] += dx * share
        y[:] += dy * share
        energy[:] = np.maximum(energy - 0.0005, 0.0)
        there = np.flatnonzero(left <= PACE * STEP)
        tx[there], ty[there] = chance.random((2, len(there))) * SIDE
        if tick % EVERY == 0:
            places, _, _ = Grid.of(rows, x, y, NEAR).pairs(x, y, NEAR)
            near[:] = np.bincount(places, minlength=agents) - 1
        tick += 1

    return run


class Walker:
    """What one agent of the model holds."""

    def __init__(self, chance: random.Random) -> None:
        self.x, self.y, self.tx, self.ty = (chance.random() * SIDE for _ in range(4))
        self.energy, self.near = 1.0, 0

    def walk(self, chance: random.Random) -> None:
        """Go on for a tick."""
        dx, dy = self.tx - self.x, self.ty - self.y
        left = (dx * dx + dy * dy) ** 0.5
        share = min(PACE * STEP, left) / max(left, 1e-9)
        self.x += dx * share
        self.y += dy * share
        self.energy = max(self.energy - 0.0005, 0.0)
        if left <= PACE * STEP:
            self.tx, self.ty = chance.random() * SIDE, chance.random() * SIDE


def count_near(walkers: list[Walker]) -> None:
    """Count who is near whom, by a dictionary of cells."""
    cells: dict[tuple[int, int], list[Walker]] = {}
    for walker in walkers:
        cells.setdefault((int(walker.x / NEAR), int(walker.y / NEAR)), []).append(walker)
    around = [(column, line) for column in (-1, 0, 1) for line in (-1, 0, 1)]
    for (column, line), here in cells.items():
        others = [other for dc, dl in around for other in cells.get((column + dc, line + dl), ())]
        for walker in here:
            walker.near = sum((o.x - walker.x) ** 2 + (o.y - walker.y) ** 2 <= NEAR * NEAR for o in others) - 1


class MesaWalker(mesa.Agent):  # type: ignore[misc] # mesa is published without types
    """An agent of mesa."""

    def __init__(self, model: mesa.Model) -> None:
        super().__init__(model)
        self.body = Walker(model.random)

    def step(self) -> None:
        """Go on for a tick."""
        self.body.walk(self.model.random)


def with_mesa(agents: int) -> Callable[[], None]:
    """Return a tick of the model with mesa's agents."""
    model = mesa.Model(rng=1)
    for _ in range(agents):
        MesaWalker(model)
    tick = 0

    def run() -> None:
        nonlocal tick
        model.agents.do("step")
        if tick % EVERY == 0:
            count_near([agent.body for agent in model.agents])
        tick += 1

    return run


def with_esper(agents: int) -> Callable[[], None]:
    """Return a tick of the model with esper's entities and processors."""
    chance = random.Random(1)  # noqa: S311 - the same each time
    esper.switch_world(f"world of {agents}")
    for processor in list(esper._processors):  # noqa: SLF001 - a world that was used before
        esper.remove_processor(type(processor))

    class Walking(esper.Processor):  # type: ignore[misc] # mypy does not look into it
        def process(self) -> None:
            for _, walker in esper.get_component(Walker):
                walker.walk(chance)

    class Counting(esper.Processor):  # type: ignore[misc]
        tick = 0

        def process(self) -> None:
            if self.tick % EVERY == 0:
                count_near([walker for _, walker in esper.get_component(Walker)])
            self.tick += 1

    for _ in range(agents):
        esper.create_entity(Walker(chance))
    esper.add_processor(Walking(), priority=2)
    esper.add_processor(Counting(), priority=1)
    run: Callable[[], None] = esper.process
    return run


def whole(agents: int) -> Callable[[], None]:
    """Return a tick of a whole world."""
    world = World(1)
    apply(world, Order(1, 1), "set_rules", {"population_limit": 100_000, "death_by_age": False})
    apply(world, Order(2, 1), "set_breeding", {"enabled": True})
    for number in range(agents):
        apply(world, Order(number + 3, 1), "create_agent", {})
    apply(world, Order(agents + 3, 1), "set_rules", {"population_limit": max(agents, 2), "death_by_age": False})
    return lambda: step(world)


def milliseconds(tick: Callable[[], None], seconds: float) -> tuple[float, float]:
    """Return what a tick takes in the mean, and what the slowest of a hundred takes."""
    for _ in range(EVERY):
        tick()
    taken: list[float] = []
    begun = time.perf_counter()
    while time.perf_counter() - begun < seconds or len(taken) < EVERY:
        before = time.perf_counter()
        tick()
        taken.append((time.perf_counter() - before) * 1000)
    return sum(taken) / len(taken), sorted(taken)[int(0.99 * len(taken))]


def memory_mb() -> float:
    """Return the most memory this process ever had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--agents", type=int, nargs="+", default=[100, 1000, 10_000])
    parser.add_argument("--seconds", type=float, default=3)
    options = parser.parse_args()
    kinds = {"columns": columns, "whole world": whole, f"mesa {mesa.__version__}": with_mesa, "esper": with_esper}
    print(f"{'':<14}{'agents':>8}{'ms a tick':>12}{'p99':>9}{'ticks/s':>10}{'us an agent':>13}{'peak MB':>9}")
    for name, make in kinds.items():
        for agents in options.agents:
            mean, slow = milliseconds(make(agents), options.seconds)
            numbers = f"{mean:>12.3f}{slow:>9.3f}{1000 / mean:>10.0f}{mean * 1000 / agents:>13.2f}{memory_mb():>9.0f}"
            print(f"{name:<14}{agents:>8}{numbers}", flush=True)


if __name__ == "__main__":
    main()
