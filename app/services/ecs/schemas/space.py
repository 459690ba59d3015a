"""Places on the wire; units are those of the world, a square of 1,000 by 1,000."""

from pydantic import BaseModel, ConfigDict, Field

from app.services.ecs.commands.command import AgentId
from app.services.ecs.commands.motion import Coordinate


class Place(BaseModel):
    """Where an agent is, and where it goes."""

    x: float
    y: float
    vx: float = Field(description="Units a second")
    vy: float
    moving: bool


class Positions(BaseModel):
    """Everybody's place, by id."""

    total_agents: int
    tick: int
    positions: dict[str, Place]


class AgentPlace(Place):
    """One agent's place; the target is null while it goes nowhere."""

    agent_id: str
    target_x: float | None
    target_y: float | None
    target_agent_id: str | None
    tick: int


class Neighbour(BaseModel):
    """Somebody near."""

    agent_id: str
    name: str
    spirit: str
    distance: float
    x: float
    y: float


class Nearby(BaseModel):
    """Who is within a radius, the nearest first; `count` is how many, also beyond the limit."""

    nearby_agents: list[Neighbour]
    radius: float
    count: int


class Distance(BaseModel):
    """How far two agents are apart."""

    agent1_id: str
    agent2_id: str
    distance: float


class MoveIn(BaseModel):
    """A place to go to."""

    model_config = ConfigDict(extra="forbid")

    x: Coordinate
    y: Coordinate


class MoveTowardsIn(BaseModel):
    """Somebody to go to."""

    model_config = ConfigDict(extra="forbid")

    target_agent_id: AgentId
    distance: Coordinate = Field(default=5.0, description="Where to stop before the other one")
