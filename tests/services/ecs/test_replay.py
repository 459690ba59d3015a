"""The same log gives the same world, bit for bit, whatever it holds and wherever it is interrupted."""

import random
import subprocess
import sys
from dataclasses import replace
from typing import Any, ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.services.ecs.commands import COMMANDS, apply
from app.services.ecs.commands.command import Command, Order
from app.services.ecs.replay import Logged, fold
from app.services.ecs.state.world import SCALARS, World
from benchmarks.world_inputs import Inputs

AGENTS = 12


def log_of(seed: int, length: int) -> list[Logged]:
    """Return a log of that many inputs of every kind, some ticks apart."""
    chance = random.Random(seed)  # noqa: S311 - the same inputs each time
    inputs = Inputs(chance, AGENTS)
    tick, log = 0, []
    for number in range(1, AGENTS + length + 1):
        kind, payload = inputs.founder() if number <= AGENTS else inputs.next()
        log.append(Logged(Order(number, 1_700_000_000_000 + 50 * number, "somebody", admin=True), kind, payload, tick))
        tick += chance.choice([0, 0, 1, 7, 60]) if number > AGENTS else 0
    return log


def reloaded(world: World) -> World:
    """Return the world as it is after it was saved and loaded."""
    again = World(world.seed)
    again.put(SCALARS, 0, world.scalars())
    for name, table in world.tables.items():
        for block in range(table.blocks):
            again.put(name, block, table.encoded(block))
    again.people_changed()
    return again


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 150), st.floats(0, 1))
def test_a_world_that_was_saved_and_loaded_in_the_middle_goes_on_as_the_one_that_was_not(
    seed: int, length: int, where: float
) -> None:
    log = log_of(seed, length)
    until = (log[-1].tick or 0) + 700
    whole, again, first = World(seed), World(seed), World(seed)
    fold(whole, log, until)
    fold(again, log, until)
    assert whole.digest() == again.digest()
    cut = int(where * len(log))
    fold(first, log[:cut], log[cut].tick or 0 if cut < len(log) else until)
    second = reloaded(first)
    assert second.digest() == first.digest()
    fold(second, log[cut:], until)
    assert second.digest() == whole.digest()


def test_random_inputs_are_of_every_kind_and_some_of_them_are_refused() -> None:
    log = log_of(1, 600)
    assert {item.kind for item in log} == set(COMMANDS)
    world = World(1)
    fold(world, log, (log[-1].tick or 0) + 10)
    assert world.counts.born > 0
    assert world.counts.died > 0
    assert world.counts.meetings > 0
    assert world.counts.messages > 0
    assert world.clock.applied == len(log)


def test_another_seed_another_tick_or_a_withdrawn_input_is_another_world() -> None:
    log = log_of(3, 60)
    until = (log[-1].tick or 0) + 50

    def digest(seed: int, inputs: list[Logged]) -> str:
        world = World(seed)
        fold(world, inputs, until)
        return world.digest()

    moved = next(item for item in log if item.kind == "create_agent" and item.order.number > 1)
    withdrawn = replace(moved, order=replace(moved.order, withdrawn=True))
    others = [withdrawn if item is moved else item for item in log]
    shifted = [*log[:-1], replace(log[-1], tick=(log[-1].tick or 0) + 1)]
    assert len({digest(3, log), digest(4, log), digest(3, others), digest(3, shifted)}) == 4


def test_nothing_depends_on_the_hash_of_strings() -> None:
    program = (
        "from tests.services.ecs.test_replay import log_of, World, fold\n"
        "world = World(5); fold(world, log_of(5, 200), 3000); print(world.digest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", program], env={"PYTHONHASHSEED": seed, "PATH": ""}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2")
    }
    assert len(digests) == 1


class Broken(Command):
    """An input whose code has a bug."""

    kind: ClassVar[str] = "broken"

    def apply(self, world: World, order: Order) -> dict[str, Any]:  # noqa: ARG002 - whatever is asked
        world.clock.speed += 1
        raise ZeroDivisionError


def test_a_bug_does_not_stop_the_world_and_is_the_same_at_every_replay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(COMMANDS, "broken", Broken)
    log = [Logged(Order(1, 5), "broken", {}, 3), Logged(Order(2, 6), "create_agent", {"agent_id": "oak"}, 4)]
    worlds = [World(1), World(1)]
    for world in worlds:
        fold(world, log, 10)
    assert apply(World(1), log[0].order, "broken", {})["refused"] == "input_failed"
    assert "oak" in worlds[0].row_of
    assert worlds[0].digest() == worlds[1].digest()


def test_what_no_version_can_read_changes_nothing_but_its_number() -> None:
    world, other = World(1), World(1)
    fold(world, [Logged(Order(1, 5), "teleport", {"x": 1}, 3)], 10)
    fold(other, [Logged(Order(1, 5), "move", {"agent_id": "a", "x": "far", "y": 0}, 3)], 10)
    assert world.digest() == other.digest()
