"""Growing up, growing old, tiring, meeting, fading: what happens by itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.ecs.catalogue import catalogue
from app.services.ecs.commands import apply
from app.services.ecs.commands.command import Order
from app.services.ecs.life import YEAR, Stage, span
from app.services.ecs.memory import HALF_LIFE, recency
from app.services.ecs.society import KINDS, MOST_BONDS, Outcome, change_of, outcome_of
from app.services.ecs.state.layouts import MEMORIES
from app.services.ecs.state.world import World
from app.services.ecs.systems import SYSTEMS, step


def couple(seed: int = 3) -> World:
    world = World(seed)
    for number, name in enumerate(("oak", "elm"), start=1):
        apply(world, Order(number, 1), "create_agent", {"agent_id": name, "spirit": "fox"})
    return world


def test_systems_run_by_priority() -> None:
    priorities = [system.priority for system in SYSTEMS]
    assert priorities == sorted(priorities, reverse=True)
    assert len(set(priorities)) == len(priorities), "of two with one priority the order would be chance"


@pytest.mark.parametrize("spirit", catalogue().spirits, ids=lambda spirit: spirit.name)
def test_every_spirit_grows_up_before_it_grows_old(spirit: object) -> None:
    adult, elder, end = span(spirit.lifespan_years)  # type: ignore[attr-defined]
    assert 0 < adult < elder < end
    assert YEAR / 2 <= adult <= 3 * YEAR


def test_a_life_goes_from_infant_to_elder_and_ends_only_where_the_rules_say_so() -> None:
    for death in (False, True):
        world = couple()
        apply(world, Order(3, 1), "set_rules", {"population_limit": 10, "death_by_age": death})
        apply(world, Order(4, 1), "breed", {"parent1_id": "oak", "parent2_id": "elm", "offspring_id": "kit"})
        row = world.row_of["kit"]
        seen = []
        for _ in range(int(world.people["dies"][row]) + 20):
            step(world)
            stage = int(world.people["stage"][row])
            if stage not in seen:
                seen.append(stage)
        assert seen == [Stage.infant, Stage.juvenile, Stage.adult, Stage.elder]
        assert bool(world.people["active"][row]) is not death
        refused = apply(world, Order(5, 1), "breed", {"parent1_id": "oak", "parent2_id": "elm"})["refused"]
        assert refused == ("agent_gone" if death else "too_old")


def test_energy_and_places_stay_within_their_bounds_and_neighbours_meet_unasked() -> None:
    world = couple()
    for number, name in enumerate(("oak", "elm"), start=3):
        apply(world, Order(number, 1), "move", {"agent_id": name, "x": 500, "y": 500})
    for _ in range(20_000):
        step(world)
        assert 0 <= world.motion["energy"].min() <= world.motion["energy"].max() <= 1
    assert world.counts.meetings > 0
    assert not world.meetings.table["asked"].any()


def test_relationships_fade_where_nobody_tends_them() -> None:
    world = couple()
    for number in range(3, 9):
        apply(world, Order(number, 1), "interact", {"agent_id": "oak", "agent2_id": "elm", "interaction_type": "share"})
    before = (abs(float(world.bonds["affinity"][0])), float(world.bonds["familiarity"][0]))
    apply(world, Order(9, 1), "move", {"agent_id": "oak", "x": 0, "y": 0})
    world.motion["x"][1], world.motion["y"][1] = 900, 900
    for _ in range(2 * YEAR):
        step(world)
    assert 0 < abs(float(world.bonds["affinity"][0])) < before[0]
    assert 0 < float(world.bonds["familiarity"][0]) < before[1]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_kind_can_go_either_way(kind: object) -> None:
    drawn = [number / 1000 for number in range(1000)]
    for likely in (-1.0, 0.0, 0.5, 1.0, 2.0):
        found = {outcome_of(kind, likely, chance) for chance in drawn}  # type: ignore[arg-type]
        assert found == set(Outcome)


@given(st.sampled_from(KINDS), st.sampled_from(Outcome), st.floats(-1, 1))
def test_affinity_never_leaves_its_bounds(kind: object, outcome: Outcome, affinity: float) -> None:
    assert -1 <= affinity + change_of(kind, outcome, affinity) <= 1  # type: ignore[arg-type]


def test_a_full_memory_gives_up_what_is_least_worth_keeping() -> None:
    world = couple()
    apply(world, Order(3, 1), "interact", {"agent_id": "oak", "agent2_id": "elm", "interaction_type": "court"})
    for number in range(4, 4 + 2 * MEMORIES):
        apply(world, Order(number, 1), "interact", {"agent_id": "oak", "agent2_id": "elm", "interaction_type": "greet"})
    kinds = world.memories["kind"][:MEMORIES].tolist()
    assert [KINDS[kind].name for kind in kinds].count("court") == 1
    assert 0 not in world.memories["importance"][:MEMORIES]
    assert recency(0) == 1
    assert recency(HALF_LIFE) == 0.5


def test_the_weakest_relationship_gives_way_when_there_are_as_many_as_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    assert MOST_BONDS >= 1000
    monkeypatch.setattr("app.services.ecs.society.MOST_BONDS", 2)
    world = couple()
    for number, name in enumerate(("ash", "yew"), start=3):
        apply(world, Order(number, 1), "create_agent", {"agent_id": name})
    met = [("oak", "elm"), ("oak", "elm"), ("oak", "ash"), ("yew", "elm")]
    for number, (one, other) in enumerate(met, start=5):
        apply(world, Order(number, 1), "interact", {"agent_id": one, "agent2_id": other, "interaction_type": "greet"})
    pairs = set(zip(world.bonds["a"].tolist(), world.bonds["b"].tolist(), strict=True))
    assert pairs == {(0, 1), (1, 3)} == set(world.bond_of)
