"""The world's time, rules and figures as the wire has them."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import orjson

from app.services.ecs.catalogue import SCALE, catalogue
from app.services.ecs.life import YEAR, Stage
from app.services.ecs.mirror import Standing
from app.services.ecs.state.clock import NORMAL_SPEED, TICKS_A_SECOND
from app.services.ecs.state.layouts import TRAITS
from app.services.ecs.state.world import World
from app.services.ecs.statistics import PopulationStatistics, population_statistics
from app.services.ecs.systems import SYSTEMS
from app.services.ecs.systems.sampling import MILLION
from app.services.ecs.views.pairs import ready


def status(world: World, standing: Standing) -> dict[str, Any]:
    """Return how the world is."""
    clock = world.clock
    return {
        "status": ("paused" if clock.paused else "running") if standing.running else "stopped",
        "agent_count": len(world.living),
        "mature_agents": mature(world),
        "entity_count": world.people.size + world.bonds.size,
        "system_count": len(SYSTEMS),
        "tick": clock.tick,
        "speed": clock.speed / NORMAL_SPEED,
        "real_speed": round(standing.real_speed, 3) if standing.running else 0.0,
        "tick_ms": round(standing.tick_ms, 3),
        "paused": clock.paused,
        "seed": str(standing.seed),
        "inputs": standing.last_input,
        "population_limit": world.rules.population_limit,
        "breeding_enabled": world.rules.breeding,
        "death_by_age": world.rules.death_by_age,
    }


def mature(world: World) -> int:
    """Return how many of those who live are grown."""
    return int(np.count_nonzero(world.people["stage"][world.living] >= Stage.adult))


def time(world: World, standing: Standing) -> dict[str, Any]:
    """Return the world's time."""
    clock = world.clock
    return {
        "tick": clock.tick,
        "seconds": clock.tick / TICKS_A_SECOND,
        "years": round(clock.tick / YEAR, 4),
        "speed": clock.speed / NORMAL_SPEED,
        "real_speed": round(standing.real_speed, 3) if standing.running else 0.0,
        "paused": clock.paused,
        "owed_ticks": clock.owed,
    }


def breeding(world: World) -> dict[str, Any]:
    """Return births and what bounds them."""
    rows = world.living
    return {
        "enabled": world.rules.breeding,
        "total_agents": len(rows),
        "mature_agents": mature(world),
        "ready_agents": len(ready(world)),
        "total_births": world.counts.born,
        "total_deaths": world.counts.died,
        "highest_generation": int(world.people["generation"][rows].max(initial=0)),
        "average_inbreeding": round(float(world.people["inbreeding"][rows].mean()), 6) if len(rows) else 0.0,
        "population_limit": world.rules.population_limit,
    }


def population_of(world: World) -> Callable[[], PopulationStatistics]:
    """Return what counts those who live now; it needs nothing of the world any more, so that a thread may call it."""
    rows, genes, people = world.living, world.genes, world.people
    genomes = genes["genome"][rows].reshape(-1, 2, TRAITS)
    spirits, generations = (people[name][rows].astype(np.int64) for name in ("spirit", "generation"))
    return partial(population_statistics, catalogue(), genes["traits"][rows], genomes, spirits, generations)


def series(world: World) -> dict[str, Any]:
    """Return the series over time; traits by name, as mean and standard deviation from 0 to 1."""
    table, names = world.series, [trait.name for trait in catalogue().traits]
    means = (table["means"] / SCALE).round(4).tolist()
    deviations = (np.sqrt(table["variances"]) / SCALE).round(4).tolist()
    columns = [table[name].tolist() for name in ("tick", "population", "mature", "born", "died", "bonds")]
    samples = []
    for place, (tick, population, grown, born, died, bonds) in enumerate(zip(*columns, strict=True)):
        samples.append(
            {
                "tick": tick,
                "population": population,
                "mature": grown,
                "births": born,
                "deaths": died,
                "relationships": bonds,
                "mean_generation": table["generation"][place].item() / 1000,
                "mean_inbreeding": table["inbreeding"][place].item() / MILLION,
                "gene_diversity": table["diversity"][place].item() / MILLION,
                "trait_means": dict(zip(names, means[place], strict=True)),
                "trait_deviations": dict(zip(names, deviations[place], strict=True)),
            }
        )
    return {"every_ticks": world.counts.sample_every, "samples": samples}


def events(world: World, after: int, most: int) -> list[dict[str, Any]]:
    """Return events beyond number `after`, the oldest first; `missed` tells of those that are not kept any more."""
    table, last = world.events.table, world.counts.events
    kept = max(0, last - world.events.length)
    found: list[dict[str, Any]] = [{"type": "missed", "count": kept - after, "id": kept}] if after < kept else []
    for number in range(max(after, kept) + 1, min(last, max(after, kept) + most) + 1):
        row = world.events.row_of(number)
        data = orjson.loads(table.texts["data"][row])
        found.append({"type": table.texts["kind"][row], "id": number, "tick": table["tick"][row].item(), **data})
    return found
