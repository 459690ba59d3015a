"""Inputs that send agents somewhere."""

from typing import Annotated, Any, ClassVar

from pydantic import Field

from app.services.ecs.commands.command import AgentId, Command, Order, living
from app.services.ecs.errors import SameAgent
from app.services.ecs.space import SIDE
from app.services.ecs.state.layouts import NOBODY
from app.services.ecs.state.world import World
from app.services.ecs.systems.movement import Seek

Coordinate = Annotated[float, Field(ge=0, le=SIDE, allow_inf_nan=False, description=f"Units, 0 to {SIDE:g}")]


class Move(Command):
    """Send an agent to a place; it travels."""

    kind: ClassVar[str] = "move"

    agent_id: AgentId
    x: Coordinate
    y: Coordinate

    def check(self, world: World) -> None:
        """Refuse an agent that is not there."""
        living(world, "agent_id", self.agent_id)

    def apply(self, world: World, order: Order) -> dict[str, Any]:  # noqa: ARG002 - whoever says so
        """Set its target."""
        row = living(world, "agent_id", self.agent_id)
        send(world, row, {"tx": self.x, "ty": self.y, "reach": 0.0, "target": NOBODY, "seek": Seek.place})
        return {"agent_id": self.agent_id}


class MoveTowards(Command):
    """Send an agent to another one, who may be walking too; it stops `distance` units before."""

    kind: ClassVar[str] = "move_towards"

    agent_id: AgentId
    target_agent_id: AgentId
    distance: Coordinate = 5.0

    def check(self, world: World) -> None:
        """Refuse agents that are not there, or that are one."""
        living(world, "agent_id", self.agent_id)
        living(world, "target_agent_id", self.target_agent_id)
        if self.agent_id == self.target_agent_id:
            raise SameAgent("target_agent_id is the agent itself: name another one.")

    def apply(self, world: World, order: Order) -> dict[str, Any]:  # noqa: ARG002 - whoever says so
        """Set whom it follows."""
        self.check(world)
        row, target = world.row_of[self.agent_id], world.row_of[self.target_agent_id]
        send(world, row, {"target": target, "reach": self.distance, "seek": Seek.agent})
        return {"agent_id": self.agent_id}


def send(world: World, row: int, target: dict[str, float]) -> None:
    """Give an agent somewhere to go."""
    for name, value in target.items():
        world.motion[name][row] = value
    world.motion.touch(row)
