"""The world over time, in a series that never grows beyond its bound: when it is full, every second sample goes."""

from typing import ClassVar

import numpy as np

from app.services.ecs.life import Stage
from app.services.ecs.state.layouts import KEPT_SAMPLES, TRAITS
from app.services.ecs.state.world import World
from app.services.ecs.statistics import gene_diversity
from app.services.ecs.systems.system import System

MILLION = 1_000_000
"""Shares are kept in millionths: whole numbers are the same everywhere."""


class Sampling(System):
    """Notes figures of the population every so often."""

    priority: ClassVar[int] = 10
    every: ClassVar[int] = 100

    def run(self, world: World) -> None:
        """Add a sample when it is due."""
        if world.clock.tick % world.counts.sample_every:
            return
        if world.series.size == KEPT_SAMPLES:
            world.series.keep(np.arange(0, KEPT_SAMPLES, 2))
            world.counts.sample_every *= 2
            if world.clock.tick % world.counts.sample_every:
                return
        rows, people = world.living, world.people
        count = max(len(rows), 1)
        traits = world.genes["traits"][rows].astype(np.int64)
        total, squares = traits.sum(axis=0), (traits * traits).sum(axis=0)
        world.series.append(
            {
                "tick": world.clock.tick,
                "population": len(rows),
                "mature": int(np.count_nonzero(people["stage"][rows] >= Stage.adult)),
                "born": world.counts.born,
                "died": world.counts.died,
                "generation": int(people["generation"][rows].sum()) * 1000 // count,
                "inbreeding": int((people["inbreeding"][rows] * MILLION).astype(np.int64).sum()) // count,
                "diversity": round(gene_diversity(world.genes["genome"][rows].reshape(-1, 2, TRAITS)) * MILLION),
                "bonds": world.bonds.size,
                "means": total // count,
                "variances": (squares * count - total * total) // (count * count),
            }
        )
