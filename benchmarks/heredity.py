"""What the pure parts of the world cost: chance, genes, kinship, compatibility, names, lineage, pictures.

Prints the figures that stand in the docstrings of `app/services/ecs`; the best of several runs each, in milliseconds.

Usage: python -m benchmarks.heredity
"""

import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import partial
from itertools import combinations
from pathlib import Path
from random import Random
from timeit import repeat

import numpy as np
import orjson
from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from app.services.ecs import lineage_layout
from app.services.ecs.catalogue import catalogue
from app.services.ecs.compatibility import compare
from app.services.ecs.genetics import allele_frequencies, founders, offspring, phenotypes
from app.services.ecs.kinship import Pedigree
from app.services.ecs.lineage import Member, lineage
from app.services.ecs.lineage_svg import lineage_svg
from app.services.ecs.naming import generate_name
from app.services.ecs.randomness import numbers, stream
from app.services.ecs.statistics import gene_diversity
from app.services.ecs.world_svg import Scene, world_svg

MANY = 10_000
RUNS = 5
CHANCE = Random(1)  # noqa: S311 - a benchmark, no secret


def grown(size: int, population: int) -> tuple[Pedigree, list[int]]:
    """Return a pedigree of `size`, who mated at random in a constant population, and who is alive at its end.

    Coefficients do not matter here, so inbreeding is given as 0 instead of computed for each.
    """
    alive = list(range(population))
    parents = [(-1, -1)] * population
    for number in range(population, size):
        one, other = CHANCE.sample(alive, 2)
        parents.append((one, other))
        alive[CHANCE.randrange(population)] = number
    first, second = np.array(parents, dtype=np.int64).T
    return Pedigree.of(first, second, np.zeros(size)), alive


def family(size: int, reach: int) -> dict[str, Member]:
    """Return a family whose parents are among the `reach` born before each."""
    couples = [CHANCE.sample(range(number - reach, number), 2) if number >= reach else [] for number in range(size)]
    children: dict[int, list[str]] = {number: [] for number in range(size)}
    generations: list[int] = []
    for number, couple in enumerate(couples):
        generations.append(1 + max((generations[parent] for parent in couple), default=0))
        for parent in couple:
            children[parent].append(str(number))
    return {
        str(number): Member(
            str(number),
            f"Vulpine-Sage-{number}",
            "fox",
            generations[number],
            "female",
            active=True,
            inbreeding=0.1,
            parents=tuple(map(str, couple)),
            children=tuple(children[number]),
        )
        for number, couple in enumerate(couples)
    }


def crossings(rows: list[list[str]], parents: Mapping[str, tuple[str, ...]], sweeps: int) -> int:
    """Return how many lines between neighbouring rows cross, after so many sweeps of the layout."""
    lineage_layout.SWEEPS = sweeps
    column = lineage_layout.columns(rows, parents)
    row = {member: number for number, members in enumerate(rows) for member in members}
    links = [
        (row[child], column[parent], column[child])
        for child in row
        for parent in parents[child]
        if row.get(parent) == row[child] - 1
    ]
    return sum(a[0] == b[0] and (a[1] - b[1]) * (a[2] - b[2]) < 0 for a, b in combinations(links, 2))


def main() -> None:
    """Measure and print."""
    here, table = catalogue(), Table("what", "ms", "of")

    def row(what: str, call: Callable[[], object], of: str = "", number: int = 1) -> None:
        table.add_row(what, f"{min(repeat(call, number=number, repeat=RUNS)) / number * 1000:.4f}", of)

    everyone, drawn = numbers(MANY), stream(1, "benchmark")
    row("stream", lambda: stream(1, "benchmark", 5), "one", 1000)
    row("uniforms", lambda: drawn.uniforms(everyone), f"{MANY}", 10)
    row("bells", lambda: drawn.bells(everyone), f"{MANY}", 10)

    fox = here.spirit_of["fox"]
    frequencies = allele_frequencies(here, fox)
    genomes = founders(frequencies, stream(1, "founders"), everyone)
    traits = phenotypes(here, genomes, stream(1, "environment"), everyone)
    row("founders", lambda: founders(frequencies, drawn, everyone), f"{MANY}")
    row("offspring", lambda: offspring(genomes, genomes[::-1], drawn, everyone), f"{MANY}")
    row("offspring", lambda: offspring(genomes[:1], genomes[1:2], drawn, everyone[:1]), "one", 100)
    row("phenotypes", lambda: phenotypes(here, genomes, drawn, everyone), f"{MANY}")
    row("gene diversity", lambda: gene_diversity(genomes), f"{MANY}")
    row("gene diversity", lambda: gene_diversity(genomes[:1000]), "1000", 10)

    foxes, strangers = np.full(MANY, fox.number), np.zeros(MANY)
    row("compare", lambda: compare(here, traits[0], fox.number, traits, foxes, strangers), f"{MANY}")
    row("generate_name", lambda: generate_name(here, fox, here.styles[0], drawn), "one", 1000)

    for size, population in ((1000, 100), (10_000, 1000), (100_000, 1000)):
        pedigree, alive = grown(size, population)
        row("kinship", partial(pedigree.kinship, alive[-2], alive[-1]), f"a pedigree of {size}", 5)
        row("kinships", partial(pedigree.kinships, alive[0], np.array(alive)), f"{population} in {size}")

    members = family(4000, 300)
    found = lineage(members, "2000", 50)
    signs = {spirit.name: spirit.emoji for spirit in here.spirits}
    row("lineage", lambda: lineage(members, "2000", 50), f"{len(orjson.dumps(asdict(found)))} bytes")
    row("lineage_svg", lambda: lineage_svg(found, members, signs), f"{len(lineage_svg(found, members, signs))} bytes")
    scene = Scene(1, 1.0, drawn.uniforms(everyone), drawn.uniforms(everyone + 1), foxes, foxes > 0, ["x"] * MANY)
    row("world_svg", lambda: world_svg(here, scene), f"{len(world_svg(here, scene))} bytes")
    Console().print(table)

    families = [family(100, 12) for _ in range(20)]
    for sweeps in (0, 2, 4, 6, 8, 12, 24):
        total = 0
        for some in families:
            rows: dict[int, list[str]] = {}
            for member in some.values():
                rows.setdefault(member.generation, []).append(member.agent_id)
            parents = {member.agent_id: member.parents for member in some.values()}
            total += crossings([rows[generation] for generation in sorted(rows)], parents, sweeps)
        print(f"after {sweeps:2} sweeps {total / len(families):.1f} crossings in a family of 100")


if __name__ == "__main__":
    main()
