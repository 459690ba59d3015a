"""What an input of the log is."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

from app.services.ecs.errors import AgentGone, UnknownAgent
from app.services.ecs.state.world import World

RESERVED = frozenset({"offspring", "positions", "search"})
"""Words that stand where an agent's id does in a route."""


def unreserved(agent_id: str) -> str:
    """Return the id of a new agent.

    Raises:
        ValueError: It is a word of the routes.
    """
    if agent_id in RESERVED:
        raise ValueError("this word stands in routes: choose another id")
    return agent_id


AgentId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
NewId = Annotated[AgentId, AfterValidator(unreserved)]
PLAIN = r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$"
"""No control characters, which would break a line of the log or of a picture."""


@dataclass(frozen=True, slots=True)
class Order:
    """What the log says of an input beside its payload.

    Attributes:
        number: In the log, from 1.
        at_ms: When it was logged, in milliseconds since 1970.
        caller: The account, as text; empty for the world itself.
        admin: The caller is an administrator.
        withdrawn: It is not to take effect.
    """

    number: int
    at_ms: int
    caller: str = ""
    admin: bool = False
    withdrawn: bool = False


class Command(BaseModel):
    """An input of the log."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    kind: ClassVar[str]

    def check(self, world: World) -> None:
        """Refuse what no later tick will make possible, so that it is not logged at all.

        Raises:
            ApiError: It can never be applied.
        """

    @abstractmethod
    def apply(self, world: World, order: Order) -> dict[str, Any]:
        """Change the world and return what became of it.

        Raises:
            ApiError: It is not possible, and nothing was changed.
        """


class Empty(Command):
    """An input that says nothing but its kind."""


def living(world: World, field: str, agent_id: str) -> int:
    """Return the row of an agent that lives.

    Raises:
        UnknownAgent: There is none of that id.
        AgentGone: It died or left.
    """
    row = world.row_of.get(agent_id)
    if row is None:
        raise UnknownAgent(f"{field}: there is no agent {agent_id!r}; GET /api/ecs/agents lists them.")
    if not world.people["active"][row]:
        raise AgentGone(f"{field}: agent {agent_id!r} is not in the world any more.")
    return row
