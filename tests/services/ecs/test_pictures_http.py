"""Pictures and figures of the world over HTTP."""

from xml.etree import ElementTree as ET

import pytest

from tests.services.ecs.conftest import World

pytestmark = pytest.mark.anyio


async def test_the_world_can_be_seen(world: World) -> None:
    await world.done("agents", {"agent_id": "oak", "name": "Oak <&> Ash", "spirit": "fox"})
    answer = await world.house.client.get("/api/ecs/world.svg")
    assert answer.headers["content-type"].startswith("image/svg+xml")
    assert "style-src" in answer.headers["content-security-policy"]
    root = ET.fromstring(answer.text)  # noqa: S314 - our own picture
    assert "Oak <&> Ash" in " ".join(root.itertext())


async def test_figures_tell_of_now_and_of_before(world: World) -> None:
    assert (await world.get("statistics"))["now"]["population"] == 0
    await world.done("time/pause")
    for name, spirit in (("oak", "fox"), ("elm", "fox"), ("ash", "dragon")):
        await world.done("agents", {"agent_id": name, "spirit": spirit})
    await world.step(300)
    found = await world.get("statistics")
    assert found["now"]["spirits"] == {"fox": 2, "dragon": 1}
    assert found["now"]["generations"] == {"1": 3}
    assert found["every_ticks"] == 100
    assert {sample["population"] for sample in found["samples"]} <= {0, 3}
    last = found["samples"][-1]
    assert 0 < last["gene_diversity"] < 0.6
    assert last["trait_means"].keys() == last["trait_deviations"].keys()
    assert len(last["trait_means"]) == 44


@pytest.mark.parametrize("group", ["personality", "physical", "abilities"])
async def test_what_there_is_can_be_listed(world: World, group: str) -> None:
    enums = await world.get("naming/enums")
    assert len(enums["spirits"]) >= 50
    assert [len(await world.get(f"traits/{one}")) for one in enums["trait_groups"]] == [16, 12, 16]
    spirits = await world.get("naming/animal-spirits")
    assert sum(map(len, spirits.values())) == len(enums["spirits"])
    fox = await world.get("naming/animal-spirits/fox")
    assert fox["generation_numbers"] == [3, 7, 13, 21, 34, 55, 89]
    assert (await world.get("naming/generation-numbers/fox"))["generation_numbers"] == fox["generation_numbers"]
    assert {trait["name"] for trait in await world.get(f"traits/{group}")} == fox["tendencies"][group].keys()
    assert "prefix" in await world.get("naming/components")
    name = await world.done("naming/generate", {"spirit": "fox", "style": "foundation"})
    base, suffix, number = name["name"].split("-")
    assert base in fox["base_names"]
    assert int(number) in fox["generation_numbers"]
    assert suffix in (await world.get("naming/components"))["foundation_suffixes"]
