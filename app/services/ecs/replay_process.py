"""A child that plays a log: what it costs is bounded, and the server goes on answering meanwhile.

Reads one line of JSON (`seed`, `tick`) and then one for each input (see `line_of`) from standard input; writes one line
of JSON for the result of each input, in their order, and at last one with the `hash` of the whole state.
"""

import os
import resource
import sys
from collections.abc import Iterator

import orjson

from app.services.ecs.commands import apply
from app.services.ecs.commands.command import Order
from app.services.ecs.replay import Logged, pass_ticks
from app.services.ecs.state.world import World

NICENESS = 10
MAX_MEMORY = 4 << 30
"""Bytes of address space: numpy reserves one before it begins, 200,000 agents take half of another."""


def line_of(item: Logged) -> bytes:
    """Return an input as a line."""
    order = item.order
    told = {"number": order.number, "tick": item.tick, "kind": item.kind, "payload": item.payload, "at_ms": order.at_ms}
    told |= {"caller": order.caller, "admin": order.admin, "withdrawn": order.withdrawn}
    return orjson.dumps(told) + b"\n"


def from_line(line: bytes) -> Logged:
    """Return the input of a line that `line_of` made."""
    told = orjson.loads(line)
    order = Order(told["number"], told["at_ms"], told["caller"], told["admin"], told["withdrawn"])
    return Logged(order, told["kind"], told["payload"], told["tick"])


def play(seed: int, tick: int, inputs: Iterator[Logged]) -> Iterator[dict[str, object]]:
    """Yield the result of each input, and then the hash."""
    world = World(seed)
    for item in inputs:
        pass_ticks(world, item.tick or 0)
        yield apply(world, item.order, item.kind, item.payload)
    pass_ticks(world, tick)
    yield {"hash": world.digest()}


def main() -> None:
    """Play the one log."""
    os.nice(NICENESS)
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    head = orjson.loads(sys.stdin.buffer.readline())
    inputs = (from_line(line) for line in sys.stdin.buffer.readlines())
    for told in play(head["seed"], head["tick"], inputs):
        sys.stdout.buffer.write(orjson.dumps(told) + b"\n")


if __name__ == "__main__":
    main()
