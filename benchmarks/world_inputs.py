"""Random inputs of a world, of every kind, possible and impossible ones: for the benchmark of replays and for tests."""

import random
from collections.abc import Callable
from typing import Any

from app.services.ecs.catalogue import catalogue
from app.services.ecs.society import KINDS

Input = tuple[str, dict[str, Any]]

PLACES = (0.0, 1e-300, 0.1, 333.3333333333333, 999.9999999, 1000.0)
SPEEDS = (0.1, 1.0, 7.5, 1000.0)


class Inputs:
    """Makes inputs about agents `a0`, `a1` and so on; of whom it speaks, some never were."""

    def __init__(self, chance: random.Random, agents: int, *, time: bool = True) -> None:
        """Take the source of chance.

        Args:
            chance: Where the inputs come from.
            agents: How many there are about.
            time: Also change speed, pause and step.
        """
        self._chance = chance
        self._agents = agents
        self._made = 0
        kinds: dict[Callable[[], Input], int] = {
            self._create: 3, self._delete: 1, self._breed: 8, self._move: 6, self._towards: 4, self._interact: 6,
            self._chat: 4, self._breeding: 1, self._rules: 1,
        }  # fmt: skip
        if time:
            kinds |= {self._speed: 1, self._pause: 1, self._step: 1}
        self._kinds, self._weights = list(kinds), list(kinds.values())

    def next(self) -> Input:
        """Return kind and payload of one more input."""
        return self._chance.choices(self._kinds, self._weights)[0]()

    def founder(self) -> Input:
        """Return an input that makes one more agent."""
        self._made += 1
        return "create_agent", {"agent_id": f"a{self._made - 1}"}

    def _anybody(self) -> str:
        if self._chance.random() < 0.3:
            return f"agent-{self._chance.randrange(1, 3 * self._agents)}"  # what the world calls whoever it names
        return f"a{self._chance.randrange(max(self._made, self._agents) + 3)}"

    def _create(self) -> Input:
        spirit, style = self._chance.choice(catalogue().spirits).name, self._chance.choice(catalogue().styles).name
        more: dict[str, Any] = self._chance.choice(
            [{}, {"spirit": spirit}, {"style": style, "gender": "female"}, {"traits": {"physical": {"speed": 0.99}}}]
        )
        return "create_agent", self._chance.choice([{}, {"agent_id": self._anybody()}]) | more

    def _delete(self) -> Input:
        return "delete_agent", {"agent_id": self._anybody()}

    def _breed(self) -> Input:
        return "breed", {"parent1_id": self._anybody(), "parent2_id": self._anybody()}

    def _move(self) -> Input:
        x, y = self._chance.choice([*PLACES, self._chance.random() * 1000]), self._chance.choice(PLACES)
        return "move", {"agent_id": self._anybody(), "x": x, "y": y}

    def _towards(self) -> Input:
        names = {"agent_id": self._anybody(), "target_agent_id": self._anybody()}
        return "move_towards", names | {"distance": self._chance.choice([0.0, 5.0, 1000.0])}

    def _interact(self) -> Input:
        kind = self._chance.choice(KINDS).name
        return "interact", {"agent_id": self._anybody(), "agent2_id": self._anybody(), "interaction_type": kind}

    def _chat(self) -> Input:
        said = self._chance.choice(["hello", "\N{FOX FACE} over there", "x" * 1000])
        return "chat", {"agent_id": self._anybody(), "receiver_id": self._anybody(), "message": said}

    def _breeding(self) -> Input:
        return "set_breeding", {"enabled": self._chance.random() < 0.7}

    def _rules(self) -> Input:
        limit = self._agents * self._chance.choice([1, 2]) + 2
        return "set_rules", {"population_limit": limit, "death_by_age": self._chance.random() < 0.05}

    def _speed(self) -> Input:
        return "set_speed", {"speed": self._chance.choice(SPEEDS)}

    def _pause(self) -> Input:
        return self._chance.choice(["pause", "resume"]), {}

    def _step(self) -> Input:
        return "step", {"ticks": self._chance.choice([1, 10, 300])}
