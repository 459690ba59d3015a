"""Space, society and time over HTTP."""

import pytest

from tests.services.ecs.conftest import World
from tests.services.ecs.waiting import until

pytestmark = pytest.mark.anyio


async def two(world: World) -> None:
    for name in ("oak", "elm"):
        await world.done("agents", {"agent_id": name, "spirit": "fox"})


async def test_an_agent_travels_and_arrives(world: World) -> None:
    await two(world)
    await world.done("time/pause")
    begun = await world.done("agents/oak/move", {"x": 0, "y": 0})
    assert begun["moving"]
    assert (begun["target_x"], begun["target_y"]) == (0, 0)
    await world.step(10)
    on_the_way = await world.get("agents/oak/position")
    pace = (on_the_way["vx"] ** 2 + on_the_way["vy"] ** 2) ** 0.5
    assert 2 <= pace <= 8
    moved = ((on_the_way["x"] - begun["x"]) ** 2 + (on_the_way["y"] - begun["y"]) ** 2) ** 0.5
    assert moved == pytest.approx(pace, abs=0.01), "ten ticks are a second"
    await world.step(10_000)
    arrived = await world.get("agents/oak/position")
    assert arrived["tick"] == on_the_way["tick"] + 10_000
    followed = await world.done("agents/elm/move_towards", {"target_agent_id": "oak", "distance": 3})
    assert followed["target_agent_id"] == "oak"
    await world.done("agents/oak/move", {"x": 500, "y": 500})
    await world.step(10_000)
    assert (await world.get("agents/oak/distance/elm"))["distance"] < 400
    near = await world.get("agents/oak/nearby", radius=2000)
    assert [other["agent_id"] for other in near["nearby_agents"]] == ["elm"]
    everybody = await world.get("agents/positions")
    assert everybody["total_agents"] == 2
    assert set(everybody["positions"]) == {"oak", "elm"}


async def test_what_agents_do_with_each_other_is_remembered(world: World) -> None:
    await two(world)
    await world.done("time/pause")
    met = [
        await world.done("agents/oak/interact", {"agent2_id": "elm", "interaction_type": "argue"}) for _ in range(20)
    ]
    assert {one["outcome"] for one in met} >= {"bad"}, "arguing goes badly more often than not"
    assert sum(one["affinity_change"] for one in met) == pytest.approx(met[-1]["affinity"], abs=1e-4)
    said = await world.done("agents/elm/chat", {"receiver_id": "oak", "message": "Let us look for otters"})
    assert said["message_id"] == 1
    found = await world.get("agents/oak/interactions")
    assert found["total_count"] == 21
    assert found["interactions"][0]["interaction_type"] == "chat"
    assert not found["interactions"][0]["spontaneous"]
    (bond,) = (await world.get("agents/oak/relationships"))["relationships"]
    assert (bond["agent_id"], bond["interactions"]) == ("elm", 21)
    stats = await world.get("agents/oak/social_stats")
    assert stats["total_interactions"] == sum(stats["outcomes"].values()) == 21
    (message,) = (await world.get("agents/oak/messages"))["messages"]
    assert (message["sender_id"], message["message"]) == ("elm", "Let us look for otters")
    first = (await world.get("agents/oak/memories", query="otters"))["memories"]
    assert len(first) == 16, "an agent remembers so much and no more"
    assert "otters" in first[0]["memory"]
    assert first[0]["relevance"] == 1


async def test_time_goes_as_it_is_asked_to(world: World) -> None:
    assert (await world.get("time"))["speed"] == 1
    fast = await world.done("time/speed", {"speed": 200})
    assert fast["speed"] == 200

    async def passed() -> bool:
        return bool((await world.get("time"))["tick"] > fast["tick"] + 1000)

    await until(passed)
    paused = await world.done("time/pause")
    assert (await world.get("time"))["tick"] == paused["tick"]
    stepped = await world.done("time/step", {"ticks": 7})
    assert (stepped["tick"], stepped["owed_ticks"]) == (paused["tick"] + 7, 0)
    assert (await world.get("status"))["status"] == "paused"
    await world.done("time/resume")
    status = await world.get("status")
    assert (status["status"], status["speed"], status["system_count"]) == ("running", 200, 8)
    assert status["inputs"] == (await world.get("world/log"))[-1]["number"] == 4


async def test_agents_breed_by_themselves_up_to_the_limit(world: World) -> None:
    for number in range(12):
        await world.done("agents", {"agent_id": f"a{number}", "spirit": "fox"})
        await world.done(f"agents/a{number}/move", {"x": 500, "y": 500})
    assert (await world.done("breeding/enable", {"enabled": True})) == {"enabled": True}
    await world.done("time/pause")
    for _ in range(3):
        await world.step(10_000)
    stats = await world.get("breeding/stats")
    assert stats["total_births"] > 0
    assert stats["total_agents"] == 12 + stats["total_births"] <= stats["population_limit"]
    series = await world.get("statistics")
    assert series["samples"][-1]["population"] == stats["total_agents"]
    assert series["samples"][-1]["births"] == stats["total_births"]
    assert series["samples"][-1]["mean_generation"] > 1
    report = await world.done("world/replay-check")
    assert report["identical"], report
