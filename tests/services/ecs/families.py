"""Families to look at: grown from couples, as the world does."""

from collections.abc import Mapping
from random import Random

from app.services.ecs.kinship import Pedigree
from app.services.ecs.lineage import Member


def family(parents: Mapping[str, tuple[str, ...]]) -> dict[str, Member]:
    """Return the members of a family, each named with its parents, who come first."""
    pedigree = Pedigree()
    number: dict[str, int] = {}
    children: dict[str, list[str]] = {name: [] for name in parents}
    for name, known in parents.items():
        number[name] = pedigree.add(*(number[parent] for parent in known))
        for parent in known:
            children[parent].append(name)
    return {
        name: Member(
            agent_id=name,
            name=f"Name-{name}",
            spirit="fox",
            generation=pedigree.generation(number[name]),
            gender="female",
            active=True,
            inbreeding=pedigree.inbreeding(number[name]),
            parents=known,
            children=tuple(children[name]),
        )
        for name, known in parents.items()
    }


def random_family(seed: int, count: int, founders: int, reach: int) -> dict[str, Member]:
    """Return a family of `count`, whose parents are among the `reach` born before them."""
    chance = Random(seed)  # noqa: S311 - a family, no secret
    parents: dict[str, tuple[str, ...]] = {}
    for number in range(count):
        couple = chance.sample(range(max(0, number - reach), number), 2) if number >= founders else []
        parents[str(number)] = tuple(map(str, couple))
    return family(parents)
