"""The state of a world is the fold of its log from its seed."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from app.services.ecs.commands import apply
from app.services.ecs.commands.command import Order
from app.services.ecs.state.world import World
from app.services.ecs.systems import step


@dataclass(frozen=True, slots=True)
class Logged:
    """An input as the log has it; `tick` is None until it was applied."""

    order: Order
    kind: str
    payload: dict[str, Any]
    tick: int | None = None


def fold(world: World, inputs: Iterable[Logged], until: int) -> None:
    """Play inputs, in the order of their numbers, each at its tick, and let ticks pass until `until`."""
    for item in inputs:
        assert item.tick is not None  # noqa: S101 - what was not applied is not played
        pass_ticks(world, item.tick)
        apply(world, item.order, item.kind, item.payload)
    pass_ticks(world, until)


def pass_ticks(world: World, until: int) -> None:
    """Let ticks pass until `until`."""
    while world.clock.tick < until:
        step(world)
