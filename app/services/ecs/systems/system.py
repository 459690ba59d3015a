"""What a system is."""

from abc import ABC, abstractmethod
from typing import ClassVar

from app.services.ecs.state.world import World


class System(ABC):
    """Changes the world at every tick that `every` divides.

    Attributes:
        priority: The higher, the earlier in a tick.
        every: Ticks from one run to the next.
    """

    priority: ClassVar[int]
    every: ClassVar[int] = 1

    @abstractmethod
    def run(self, world: World) -> None:
        """Change the world; the same world always in the same way."""
