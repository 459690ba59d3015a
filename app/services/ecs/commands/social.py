"""Inputs by which agents interact and speak."""

from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, Field, StringConstraints

from app.services.ecs.commands.command import AgentId, Command, Order, living
from app.services.ecs.errors import SameAgent
from app.services.ecs.society import KIND_OF, meet, standing
from app.services.ecs.state.world import World

LONGEST_MESSAGE = 1000
"""Characters: a page of talk, and 2,048 of them stay below 8 MB."""


def known_kind(name: str) -> str:
    """Return the name of a kind of interaction there is.

    Raises:
        ValueError: There is none.
    """
    if name not in KIND_OF:
        raise ValueError(f"there is no such interaction; one of {', '.join(KIND_OF)}")
    return name


KindName = Annotated[str, StringConstraints(max_length=40), AfterValidator(known_kind)]
SPOKEN = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
Spoken = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_MESSAGE, pattern=SPOKEN)
]


class Interact(Command):
    """Let two agents interact, wherever they are."""

    kind: ClassVar[str] = "interact"

    agent_id: AgentId
    agent2_id: AgentId
    interaction_type: KindName

    def check(self, world: World) -> None:
        """Refuse agents that are not there, or that are one."""
        check_pair(world, self.agent_id, "agent2_id", self.agent2_id)

    def apply(self, world: World, order: Order) -> dict[str, Any]:  # noqa: ARG002 - whoever says so
        """Let them meet, and tell how it went."""
        self.check(world)
        a, b = world.row_of[self.agent_id], world.row_of[self.agent2_id]
        return told_of(world, a, b, self.interaction_type)


class Chat(Command):
    """Let an agent say something to another."""

    kind: ClassVar[str] = "chat"

    agent_id: AgentId
    receiver_id: AgentId
    message: Spoken = Field(examples=["Have you seen the otters?"])

    def check(self, world: World) -> None:
        """Refuse agents that are not there, or that are one."""
        check_pair(world, self.agent_id, "receiver_id", self.receiver_id)

    def apply(self, world: World, order: Order) -> dict[str, Any]:  # noqa: ARG002 - whoever says so
        """Keep the message, and let them meet."""
        self.check(world)
        a, b = world.row_of[self.agent_id], world.row_of[self.receiver_id]
        world.counts.messages += 1
        number = world.counts.messages
        world.messages.add(number, {"tick": world.clock.tick, "a": a, "b": b, "text": self.message})
        world.tell("message", message_id=number, **{"from": self.agent_id, "to": self.receiver_id}, text=self.message)
        return {"message_id": number, **told_of(world, a, b, "chat", number)}


def check_pair(world: World, one: str, field: str, other: str) -> None:
    """Refuse agents that are not there, or that are one.

    Raises:
        UnknownAgent, AgentGone: One is not there.
        SameAgent: They are one.
    """
    living(world, "agent_id", one)
    living(world, field, other)
    if one == other:
        raise SameAgent(f"{field} is the agent itself: name another one.")


def told_of(world: World, a: int, b: int, kind: str, message: int = 0) -> dict[str, Any]:
    """Let two meet and return how it went, in the words of the wire."""
    meeting = meet(world, a, b, KIND_OF[kind], asked=True, message=message)
    bond = world.bond_of[min(a, b), max(a, b)]
    told = {
        "interaction_id": meeting.number,
        "outcome": meeting.outcome.name,
        "affinity_change": round(meeting.change, 6),
        "affinity": round(meeting.affinity, 6),
        "relationship": standing(meeting.affinity, float(world.bonds["familiarity"][bond])),
    }
    agents = [world.people.texts["agent_id"][row] for row in (a, b)]
    world.tell("interaction", agents=agents, interaction_type=kind, outcome=meeting.outcome.name)
    return told
