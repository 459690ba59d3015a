"""What is saved as a delta is the whole state: nothing that changed is forgotten."""

import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.services.ecs.commands import apply
from app.services.ecs.commands.command import Order
from app.services.ecs.state.layouts import MESSAGES, PEOPLE, SERIES
from app.services.ecs.state.table import BadBlock, Layout, Ring, Table
from app.services.ecs.state.world import SCALARS, World
from app.services.ecs.systems import step
from app.services.ecs.systems.sampling import Sampling
from benchmarks.world_inputs import Inputs

AGENTS = 10


def follow(world: World, copy: World) -> None:
    """Take over what changed, as a process that reads does."""
    copy.put(SCALARS, 0, world.scalars())
    for name, table in world.tables.items():
        for block in table.take_changed():
            copy.put(name, block, table.encoded(block))
    copy.people_changed()


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32))
def test_a_copy_that_follows_by_changed_blocks_is_always_the_same(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - the same inputs each time
    inputs, world, copy = Inputs(chance, AGENTS), World(seed), World(seed)
    for number in range(1, 120):
        kind, payload = inputs.founder() if number <= AGENTS else inputs.next()
        apply(world, Order(number, 1_700_000_000_000 + number, admin=True), kind, payload)
        follow(world, copy)
        assert copy.digest() == world.digest(), kind
        for _ in range(chance.choice([0, 0, 1, 60])):
            step(world)
        follow(world, copy)
        assert copy.digest() == world.digest(), "ticks"
    assert copy.row_of == world.row_of
    assert copy.bond_of == world.bond_of
    assert copy.living.tolist() == world.living.tolist()


def test_the_series_stays_within_its_bound_and_keeps_its_beginning() -> None:
    world, copy = World(1), World(1)
    sampling = Sampling()
    for tick in range(0, 200_000, 100):
        world.clock.tick = tick
        sampling.run(world)
        follow(world, copy)
    ticks = world.series["tick"].tolist()
    assert len(ticks) <= SERIES.block
    assert ticks[0] == 0
    assert {after - before for before, after in pairwise(ticks)} == {world.counts.sample_every}
    assert copy.digest() == world.digest()


def test_a_ring_keeps_the_last_and_numbers_go_on() -> None:
    ring = Ring(MESSAGES, 10)
    for number in range(1, 26):
        ring.add(number, {"a": number, "text": f"message {number}"})
    kept = sorted(ring.table["number"].tolist())
    assert kept == list(range(16, 26))
    assert [ring.table.texts["text"][ring.row_of(number)] for number in kept] == [f"message {one}" for one in kept]


def test_a_block_of_another_layout_is_refused() -> None:
    table = Table(PEOPLE)
    table.append({"agent_id": "a", "name": "A", "creator": ""})
    block = table.encoded(0)
    other = Table(Layout("people", (("x", "<f8", 1),)))
    other.append({"x": 1.0})
    for bad in (other.encoded(0), block[:-3], block[:3], b""):
        with pytest.raises(BadBlock):
            World(1).put("people", 0, bad)
    with pytest.raises(BadBlock):
        Table(PEOPLE).put(1, block)
    with pytest.raises(BadBlock):
        World(1).put("nobody", 0, block)
    again = Table(PEOPLE)
    again.put(0, block)
    assert again.encoded(0) == block


def test_rows_keep_their_numbers_in_tables_that_others_refer_to() -> None:
    table = Table(PEOPLE)
    table.extend(3)
    with pytest.raises(ValueError, match="keep their numbers"):
        table.keep(table["spirit"][:1])
