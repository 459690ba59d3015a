"""Movement integrates velocity, arrives, and stays in the world."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.services.ecs.commands import apply
from app.services.ecs.commands.command import Order
from app.services.ecs.space import SIDE, Grid
from app.services.ecs.state.clock import STEP_SECONDS
from app.services.ecs.state.world import World
from app.services.ecs.systems import step
from app.services.ecs.systems.movement import Movement, Seek

PLACES = st.one_of(st.sampled_from([0.0, 1e-300, SIDE]), st.floats(0, SIDE))


def world_of(agents: int) -> World:
    world = World(3)
    for number in range(agents):
        apply(world, Order(number + 1, 1), "create_agent", {"agent_id": f"a{number}"})
    return world


@settings(max_examples=40, deadline=None)
@given(PLACES, PLACES, PLACES, PLACES, st.floats(0, SIDE))
def test_nobody_is_faster_than_their_pace_or_leaves_the_world_and_everybody_arrives(
    x: float, y: float, tx: float, ty: float, reach: float
) -> None:
    world = world_of(1)
    motion, pace = world.motion, float(world.motion["pace"][0])
    for name, value in {"x": x, "y": y, "tx": tx, "ty": ty, "reach": reach, "seek": Seek.place}.items():
        motion[name][0] = value
    far = ((tx - x) ** 2 + (ty - y) ** 2) ** 0.5
    for _ in range(int(max(far - reach, 0) / pace / STEP_SECONDS) + 2):
        before = (float(motion["x"][0]), float(motion["y"][0]))
        Movement().run(world)
        after = (float(motion["x"][0]), float(motion["y"][0]))
        moved = ((after[0] - before[0]) ** 2 + (after[1] - before[1]) ** 2) ** 0.5
        assert moved <= pace * STEP_SECONDS + 1e-6
        assert 0 <= min(after) <= max(after) <= SIDE
    assert motion["seek"][0] == Seek.nothing
    assert motion["vx"][0] == motion["vy"][0] == 0
    left = ((tx - after[0]) ** 2 + (ty - after[1]) ** 2) ** 0.5
    assert left == (0 if reach == 0 else pytest.approx(min(far, reach), abs=1e-6))


def test_who_follows_somebody_gets_there_and_stops_when_that_one_leaves() -> None:
    world = world_of(2)
    follow = {"agent_id": "a0", "target_agent_id": "a1", "distance": 5}
    assert "refused" not in apply(world, Order(3, 1), "move_towards", follow)
    assert "refused" not in apply(world, Order(4, 1), "move", {"agent_id": "a1", "x": 10, "y": 10})
    for _ in range(9000):
        step(world)
        if world.motion["seek"][0] != Seek.agent:
            break
    apart = np.hypot(world.motion["x"][0] - world.motion["x"][1], world.motion["y"][0] - world.motion["y"][1])
    assert apart <= 5 + world.motion["pace"].max() * STEP_SECONDS
    assert "refused" not in apply(world, Order(5, 1), "move", {"agent_id": "a1", "x": 900, "y": 900})
    assert "refused" not in apply(world, Order(6, 1), "move_towards", follow)
    step(world)
    assert "refused" not in apply(world, Order(7, 1, admin=True), "delete_agent", {"agent_id": "a1"})
    step(world)
    assert world.motion["seek"][0] != Seek.agent


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(PLACES, PLACES), min_size=1, max_size=40), st.floats(0.01, 2000), st.floats(1, 500))
def test_the_grid_finds_exactly_those_who_are_near(
    places: list[tuple[float, float]], radius: float, width: float
) -> None:
    x, y = (np.array(axis) for axis in zip(*places, strict=True))
    rows = np.arange(len(places)) * 7
    found = Grid.of(rows, x, y, width).pairs(x, y, radius)
    expected = []
    for place in range(len(places)):
        apart = np.sqrt((x - x[place]) * (x - x[place]) + (y - y[place]) * (y - y[place]))
        near = sorted((far, row) for far, row in zip(apart.tolist(), rows.tolist(), strict=True) if far <= radius)
        expected += [(place, row, far) for far, row in near]
    assert list(zip(*(column.tolist() for column in found), strict=True)) == expected
