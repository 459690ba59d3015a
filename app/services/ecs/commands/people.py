"""Inputs that bring agents into the world and take them out."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field, StringConstraints

from app.services.ecs.agents import GENDER_WEIGHTS, GENDERS, Arrival, arrive, leave
from app.services.ecs.breeding import breed, free_id, refuse_crowd, refuse_relatives, refuse_unready
from app.services.ecs.catalogue import catalogue
from app.services.ecs.commands.command import PLAIN, AgentId, Command, NewId, Order, living
from app.services.ecs.errors import AgentExists, NotYours
from app.services.ecs.randomness import stream
from app.services.ecs.state.world import World


def known_spirit(name: str) -> str:
    """Return the name of a spirit there is.

    Raises:
        ValueError: There is none.
    """
    try:
        catalogue().spirit_of[name]
    except KeyError:
        raise ValueError("there is no such spirit; GET /api/ecs/naming/animal-spirits lists them") from None
    return name


def known_style(name: str) -> str:
    """Return the name of a style there is.

    Raises:
        ValueError: There is none.
    """
    if name not in (style.name for style in catalogue().styles):
        raise ValueError(f"there is no such style; one of {', '.join(style.name for style in catalogue().styles)}")
    return name


def known_traits(traits: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
    """Return traits that there are, by group.

    Raises:
        ValueError: A group has no such trait.
    """
    groups = {trait.name: trait.group for trait in catalogue().traits}
    for group, values in traits.items():
        for name in values:
            if groups.get(name) != group:
                raise ValueError(
                    f"there is no trait {name[:40]!r} among {group}; GET /api/ecs/traits/{group} lists them"
                )
    return traits


SpiritName = Annotated[str, StringConstraints(max_length=40), AfterValidator(known_spirit)]
StyleName = Annotated[str, StringConstraints(max_length=40), AfterValidator(known_style)]
AgentName = Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=PLAIN, strip_whitespace=True)]
Gender = Literal["female", "male", "nonbinary"]
Group = Literal["personality", "physical", "abilities"]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Traits = Annotated[dict[Group, dict[str, Share]], AfterValidator(known_traits)]


class CreateAgent(Command):
    """Bring a grown founder into the world; what is left out is drawn from its spirit's tendencies."""

    kind: ClassVar[str] = "create_agent"

    agent_id: NewId | None = Field(default=None, examples=["rowan"])
    name: AgentName | None = Field(default=None, examples=["Vulpine-Sage-13"])
    spirit: SpiritName | None = Field(default=None, examples=["fox"])
    style: StyleName | None = Field(default=None, examples=["foundation"])
    gender: Gender | None = None
    traits: Traits = Field(default={}, examples=[{"personality": {"curiosity": 0.9}}])

    def check(self, world: World) -> None:
        """Refuse an id that was used before, and more agents than there is room for."""
        if self.agent_id in world.row_of:
            raise AgentExists(f"agent_id: there is, or was, an agent {self.agent_id!r}; choose another id.")
        refuse_crowd(world)

    def apply(self, world: World, order: Order) -> dict[str, Any]:
        """Let the founder arrive."""
        self.check(world)
        drawn = stream(world.seed, "arrival", order.number)
        spirit = catalogue().spirit_of[self.spirit] if self.spirit else catalogue().draw_spirit(drawn, 0)
        gender = GENDERS.index(self.gender) if self.gender else drawn.weighted(GENDER_WEIGHTS, 1)
        styles = [style.name for style in catalogue().styles]
        style = styles.index(self.style) if self.style else 0
        row = arrive(
            world,
            Arrival(
                agent_id=self.agent_id or free_id(world),
                spirit=spirit,
                style=catalogue().styles[style],
                gender=gender,
                creator=order.caller,
                name=self.name,
                traits={name: value for values in self.traits.values() for name, value in values.items()},
            ),
        )
        agent_id, name = (world.people.texts[column][row] for column in ("agent_id", "name"))
        world.tell("created", agent_id=agent_id, name=name, spirit=spirit.name)
        return {"agent_id": agent_id}


class DeleteAgent(Command):
    """Send an agent out of the world; as an ancestor it stays."""

    kind: ClassVar[str] = "delete_agent"

    agent_id: AgentId

    def check(self, world: World) -> None:
        """Refuse an agent that is not there."""
        living(world, "agent_id", self.agent_id)

    def apply(self, world: World, order: Order) -> dict[str, Any]:
        """Let it leave, if it is the caller's or the caller an administrator."""
        row = living(world, "agent_id", self.agent_id)
        if not order.admin and (not order.caller or world.people.texts["creator"][row] != order.caller):
            raise NotYours("Only the account that made this agent, and administrators, may delete it.")
        leave(world, row, kind="left")
        return {"agent_id": self.agent_id}


class Breed(Command):
    """Let two agents have an offspring."""

    kind: ClassVar[str] = "breed"

    parent1_id: AgentId = Field(examples=["rowan"])
    parent2_id: AgentId = Field(examples=["willow"])
    offspring_id: NewId | None = Field(default=None, examples=["kit"])

    def check(self, world: World) -> None:
        """Refuse who is not there, relatives, and an id that was used before."""
        a, b = living(world, "parent1_id", self.parent1_id), living(world, "parent2_id", self.parent2_id)
        refuse_relatives(world, a, b)
        if self.offspring_id in world.row_of:
            raise AgentExists(f"offspring_id: there is, or was, an agent {self.offspring_id!r}; choose another id.")

    def apply(self, world: World, order: Order) -> dict[str, Any]:
        """Let the offspring be born, if both are able to and there is room."""
        self.check(world)
        a, b = world.row_of[self.parent1_id], world.row_of[self.parent2_id]
        refuse_unready(world, a, b)
        refuse_crowd(world)
        row = breed(world, a, b, self.offspring_id, order.caller)
        return {"agent_id": world.people.texts["agent_id"][row]}
