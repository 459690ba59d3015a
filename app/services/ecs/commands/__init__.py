"""What the log of a world may hold: each kind of input is a model that knows how to check and apply itself."""

from typing import Any

import structlog
from pydantic import ValidationError

from app.core.errors import ApiError
from app.services.ecs.commands.command import Command, Order
from app.services.ecs.commands.motion import Move, MoveTowards
from app.services.ecs.commands.people import Breed, CreateAgent, DeleteAgent
from app.services.ecs.commands.social import Chat, Interact
from app.services.ecs.commands.time import Pause, Resume, SetBreeding, SetRules, SetSpeed, Step
from app.services.ecs.errors import InputFailed, Unreadable, Withdrawn
from app.services.ecs.state.world import World

COMMANDS: dict[str, type[Command]] = {
    command.kind: command
    for command in (
        CreateAgent, DeleteAgent, Breed, Move, MoveTowards, Interact, Chat,
        SetSpeed, Pause, Resume, Step, SetBreeding, SetRules,
    )
}  # fmt: skip
"""Every kind of input, by its name in the log."""

log = structlog.get_logger(__name__)


def read(kind: str, payload: dict[str, Any]) -> Command:
    """Return an input of the log.

    Raises:
        ValueError: There is no such kind, or the payload is none of it.
    """
    if kind not in COMMANDS:
        raise ValueError(f"there is no input of kind {kind!r}")
    try:
        return COMMANDS[kind].model_validate(payload)
    except ValidationError as error:
        fields = "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors())
        raise ValueError(fields) from error


def apply(world: World, order: Order, kind: str, payload: dict[str, Any]) -> dict[str, Any]:
    """Apply an input at the current tick and return what became of it, which is JSON.

    What is impossible changes nothing but the clock's anchor, and the result says `refused` with the error's code. So
    does an input that was withdrawn before its time, and one that this version cannot read: the log may hold anything
    and still gives one world.
    """
    world.clock.applied = order.number
    world.clock.set_anchor(order.at_ms)
    if order.withdrawn:
        return {"refused": Withdrawn.code, "detail": "The caller was told that this would not happen."}
    try:
        return read(kind, payload).apply(world, order)
    except ApiError as error:
        return {"refused": error.code, "detail": error.detail}
    except ValueError as error:
        return {"refused": Unreadable.code, "detail": str(error)}
    except MemoryError:
        raise
    except Exception:  # the edge: a bug fails alike at every replay, and must not stop the world for ever
        log.exception("input_failed", kind=kind, number=order.number)
        return {"refused": InputFailed.code, "detail": "The engine failed while it applied this."}
