"""Inputs about time and rules."""

from typing import Any, ClassVar

from pydantic import Field

from app.services.ecs.commands.command import Command, Order
from app.services.ecs.errors import NotPaused, StillStepping
from app.services.ecs.state.clock import NORMAL_SPEED
from app.services.ecs.state.world import World

MOST_STEPS = 10_000
"""Of one request: 1,000 agents take some ten seconds for them."""

MOST_AGENTS = 100_000


class SetSpeed(Command):
    """Ask for another speed; how much of it the machine gives is told by the status."""

    kind: ClassVar[str] = "set_speed"

    speed: float = Field(ge=0.1, le=1000, allow_inf_nan=False, examples=[10])

    def apply(self, world: World, order: Order) -> dict[str, Any]:  # noqa: ARG002 - whoever says so
        """Set the speed."""
        world.clock.speed = round(self.speed * NORMAL_SPEED)
        world.tell("speed", speed=world.clock.speed / NORMAL_SPEED)
        return {"speed": world.clock.speed / NORMAL_SPEED}


class Pause(Command):
    """Let no time pass."""

    kind: ClassVar[str] = "pause"

    def apply(self, world: World, order: Order) -> dict[str, Any]:  # noqa: ARG002 - whoever says so
        """Pause; ticks that were owed still pass."""
        if not world.clock.paused:
            world.clock.paused = True
            world.tell("paused")
        return {"paused": True}


class Resume(Command):
    """Let time pass again."""

    kind: ClassVar[str] = "resume"

    def apply(self, world: World, order: Order) -> dict[str, Any]:  # noqa: ARG002 - whoever says so
        """Resume."""
        if world.clock.paused:
            world.clock.paused = False
            world.tell("resumed")
        return {"paused": False}


class Step(Command):
    """Let a number of ticks pass in a world that is paused, as fast as they can be made."""

    kind: ClassVar[str] = "step"

    ticks: int = Field(default=1, ge=1, le=MOST_STEPS)

    def apply(self, world: World, order: Order) -> dict[str, Any]:  # noqa: ARG002 - whoever says so
        """Note the ticks as owed."""
        if not world.clock.paused:
            raise NotPaused("The world runs by itself: POST /api/ecs/time/pause first, or wait.")
        if world.clock.owed + self.ticks > MOST_STEPS:
            raise StillStepping(f"ticks: {world.clock.owed} ticks are owed still, and {MOST_STEPS} is the most: wait.")
        world.clock.owed += self.ticks
        return {"until_tick": world.clock.tick + world.clock.owed}


class SetBreeding(Command):
    """Allow agents to have offspring unasked, or not."""

    kind: ClassVar[str] = "set_breeding"

    enabled: bool

    def apply(self, world: World, order: Order) -> dict[str, Any]:  # noqa: ARG002 - whoever says so
        """Set the rule."""
        world.rules.breeding = self.enabled
        world.tell("breeding", enabled=self.enabled)
        return {"enabled": self.enabled}


class SetRules(Command):
    """Take over what the settings say; logged by the engine when it finds that they changed."""

    kind: ClassVar[str] = "set_rules"

    population_limit: int = Field(ge=2, le=MOST_AGENTS)
    death_by_age: bool

    def apply(self, world: World, order: Order) -> dict[str, Any]:  # noqa: ARG002 - the engine says so
        """Set the rules."""
        world.rules.population_limit = self.population_limit
        world.rules.death_by_age = self.death_by_age
        return {"population_limit": self.population_limit, "death_by_age": self.death_by_age}
