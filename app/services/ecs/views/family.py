"""Families, as `app.services.ecs.lineage` reads them from the world."""

from collections.abc import Iterator, Mapping

import numpy as np

from app.services.ecs.agents import GENDERS
from app.services.ecs.lineage import Member
from app.services.ecs.state.world import World
from app.services.ecs.views.agents import id_of, parents, spirit_of


class Family(Mapping[str, Member]):
    """Everybody who ever was, by id. It reads what is never changed, so that a thread may use it."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._size = world.people.size
        both = np.concatenate([world.people["parent1"], world.people["parent2"]])
        order = np.argsort(both, kind="stable")
        self._children = order % max(self._size, 1)
        self._starts = np.searchsorted(both[order], np.arange(self._size + 1))

    def __getitem__(self, agent_id: str) -> Member:
        """Return one member."""
        world, row = self._world, self._world.row_of[agent_id]
        if row >= self._size:
            raise KeyError(agent_id)
        children = sorted(self._children[self._starts[row] : self._starts[row + 1]].tolist())
        return Member(
            agent_id=agent_id,
            name=world.people.texts["name"][row],
            spirit=spirit_of(world, row),
            generation=int(world.people["generation"][row]),
            gender=GENDERS[int(world.people["gender"][row])],
            active=bool(world.people["active"][row]),
            inbreeding=float(world.people["inbreeding"][row]),
            parents=tuple(parents(world, row)),
            children=tuple(id_of(world, child) for child in children),
        )

    def __iter__(self) -> Iterator[str]:
        """Yield every id, in the order of birth."""
        return iter(self._world.people.texts["agent_id"][: self._size])

    def __len__(self) -> int:
        """Return how many there are."""
        return self._size
