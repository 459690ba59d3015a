"""Agents over HTTP: who comes, who goes, and what is refused."""

import asyncio

import pytest

from tests.conftest import House
from tests.services.ecs.conftest import World

pytestmark = pytest.mark.anyio


async def test_an_anonymous_caller_may_look_and_is_asked_to_log_in_to_change_something(house: House) -> None:
    for path in (
        "agents",
        "agents/offspring",
        "time/pause",
        "breeding/enable",
        "naming/generate",
        "world/replay-check",
    ):
        assert (await house.client.post(f"/api/ecs/{path}", json={})).status_code == 401, path
    assert (await house.client.delete("/api/ecs/agents/rowan")).status_code == 401
    assert (await house.client.get("/api/ecs/world/export")).status_code == 401
    assert (await house.client.get("/api/ecs/naming/enums")).status_code == 200


async def test_what_is_made_is_there_for_everybody_at_once(world: World) -> None:
    asked = {"agent_id": "rowan", "name": "Rowan the Red", "spirit": "fox", "style": "exo", "gender": "female"}
    made = await world.done("agents", asked | {"traits": {"personality": {"curiosity": 0.9}}})
    assert {name: made[name] for name in asked} == asked
    assert (made["generation"], made["mature"], made["active"], made["stage"]) == (1, True, True, "adult")
    assert made["traits"]["personality"]["curiosity"] == 0.9
    assert {group: len(values) for group, values in made["traits"].items()} == {
        "personality": 16, "physical": 12, "abilities": 16,
    }  # fmt: skip
    assert all(0 <= value <= 1 for values in made["traits"].values() for value in values.values())
    drawn = await world.done("agents", {})
    assert drawn["spirit"] in ("fox", "otter", "wolf")
    assert drawn["name"] != made["name"]
    answer = await world.house.client.get("/api/ecs/agents")
    assert [agent["agent_id"] for agent in answer.json()] == ["rowan", drawn["agent_id"]]
    assert answer.headers["X-Total-Count"] == "2"
    assert (await world.get("agents/rowan"))["name"] == "Rowan the Red"
    assert (await world.get("agents", spirit="fox", offset=1, limit=1)) == [] or drawn["spirit"] == "fox"
    assert (await world.get("agents/search", query="RED"))["count"] == 1
    assert (await world.get("agents/search", query="red", exact_match=True))["results"] == []
    assert (await world.get("agents/search", query="rowan the red", exact_match=True))["count"] == 1


async def test_two_have_an_offspring_that_starts_as_an_infant(world: World) -> None:
    for name in ("oak", "elm"):
        await world.done("agents", {"agent_id": name, "spirit": "fox"})
    kit = await world.done("agents/offspring", {"parent1_id": "oak", "parent2_id": "elm", "offspring_id": "kit"})
    assert (kit["stage"], kit["mature"], kit["generation"], kit["parents"]) == ("infant", False, 2, ["oak", "elm"])
    lineage = await world.get("agents/kit/lineage")
    assert lineage["parents"] == ["oak", "elm"]
    assert {relative["agent_id"] for relative in lineage["ancestors"]} == {"oak", "elm"}
    assert (await world.get("agents/oak/lineage"))["children"] == ["kit"]
    picture = await world.house.client.get("/api/ecs/agents/kit/lineage.svg")
    assert picture.headers["content-type"].startswith("image/svg+xml")
    assert "<svg" in picture.text
    refusals = {
        "not_mature": {"parent1_id": "oak", "parent2_id": "kit"},
        "resting": {"parent1_id": "oak", "parent2_id": "elm"},
    }
    again = await world.post("agents/offspring", refusals["resting"])
    assert (again.status_code, again.json()["code"]) == (409, "resting")
    kin = await world.post("agents/offspring", refusals["not_mature"])
    assert (kin.status_code, kin.json()["code"]) == (409, "too_closely_related")
    await world.done("agents", {"agent_id": "ash", "spirit": "fox"})
    young = await world.post("agents/offspring", {"parent1_id": "ash", "parent2_id": "kit"})
    assert (young.status_code, young.json()["code"]) == (409, "not_mature")
    pair = await world.get("agents/oak/compatibility/kit")
    assert pair["kinship"] == 0.25
    assert not pair["breeding_recommended"]
    assert pair["reasons"]
    mates = (await world.get("agents/ash/mates"))["compatible_mates"]
    assert {mate["agent_id"] for mate in mates} <= {"oak", "elm"}, "parents rest, and infants are no mates"
    stats = await world.get("breeding/stats")
    assert (stats["total_births"], stats["highest_generation"], stats["total_agents"]) == (1, 2, 4)


async def test_only_who_made_an_agent_or_an_administrator_sends_it_away(world: World) -> None:
    client = world.house.client
    for name, owner in (("hers", world.ann), ("his", world.bob), ("his2", world.bob)):
        assert (await world.post("agents", {"agent_id": name}, owner)).status_code == 200
    refused = await client.delete("/api/ecs/agents/hers", headers=world.bob)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_yours")
    gone = await client.delete("/api/ecs/agents/his", headers=world.bob)
    assert (gone.status_code, gone.json()["active"]) == (200, False)
    assert (await client.delete("/api/ecs/agents/his2", headers=world.ann)).status_code == 200
    twice = await client.delete("/api/ecs/agents/his", headers=world.bob)
    assert (twice.status_code, twice.json()["code"]) == (409, "agent_gone")
    assert (await world.post("agents/offspring", {"parent1_id": "hers", "parent2_id": "his"})).status_code == 409
    assert [agent["agent_id"] for agent in await world.get("agents")] == ["hers"]
    assert len(await world.get("agents", everybody=True)) == 3
    assert not (await world.get("agents/his"))["active"]
    again = await world.post("agents", {"agent_id": "his"})
    assert (again.status_code, again.json()["code"]) == (409, "agent_exists")


async def test_of_two_writers_at_once_one_gets_the_id(world: World) -> None:
    answers = await asyncio.gather(*(world.post("agents", {"agent_id": "same"}) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409, 409]
    pairs = [("one", "same"), ("same", "one")]
    await world.done("agents", {"agent_id": "one"})
    bred = await asyncio.gather(*(world.post("agents/offspring", {"parent1_id": a, "parent2_id": b}) for a, b in pairs))
    assert sorted(answer.status_code for answer in bred) == [200, 409]
