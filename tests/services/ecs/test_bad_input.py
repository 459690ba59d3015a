"""What cannot be is refused with a clear 4xx that names the field, and the log still gives the world."""

import pytest

from tests.services.ecs.conftest import World

pytestmark = pytest.mark.anyio

JSON = {"Content-Type": "application/json"}

BODIES = [
    ("agents", '{"spirit": "unicycle"}', 422, "spirit"),
    ("agents", '{"style": "baroque"}', 422, "style"),
    ("agents", '{"gender": "unknown"}', 422, "gender"),
    ("agents", '{"agent_id": ""}', 422, "agent_id"),
    ("agents", '{"agent_id": "../../etc"}', 422, "agent_id"),
    ("agents", '{"agent_id": "positions"}', 422, "agent_id"),
    ("agents", '{"agent_id": "%s"}' % ("x" * 65), 422, "agent_id"),
    ("agents", '{"name": "a\\u0000b"}', 422, "name"),
    ("agents", '{"name": "\\ud800"}', 422, "name"),
    ("agents", '{"traits": {"personality": {"charm": 0.5}}}', 422, "traits"),
    ("agents", '{"traits": {"personality": {"curiosity": 1.5}}}', 422, "curiosity"),
    ("agents", '{"traits": {"personality": {"curiosity": NaN}}}', 422, "curiosity"),
    ("agents", '{"traits": {"soul": {}}}', 422, "traits"),
    ("agents", '{"generation": 5}', 422, "generation"),
    ("agents/offspring", '{"parent1_id": "oak", "parent2_id": "oak"}', 422, "parent2_id"),
    ("agents/offspring", '{"parent1_id": "oak", "parent2_id": "nobody"}', 404, "parent2_id"),
    ("agents/offspring", '{"parent1_id": "oak", "parent2_id": "elm", "offspring_id": "oak"}', 409, "offspring_id"),
    ("agents/offspring", '{"parent1_id": "oak"}', 422, "parent2_id"),
    ("agents/oak/move", '{"x": NaN, "y": 1}', 422, "x"),
    ("agents/oak/move", '{"x": 1, "y": Infinity}', 422, "y"),
    ("agents/oak/move", '{"x": 1e999, "y": 1}', 422, "x"),
    ("agents/oak/move", '{"x": -0.1, "y": 1}', 422, "x"),
    ("agents/oak/move", '{"x": 1, "y": 1000.1}', 422, "y"),
    ("agents/nobody/move", '{"x": 1, "y": 1}', 404, "agent_id"),
    ("agents/oak/move_towards", '{"target_agent_id": "oak"}', 422, "target_agent_id"),
    ("agents/oak/move_towards", '{"target_agent_id": "elm", "distance": -1}', 422, "distance"),
    ("agents/oak/interact", '{"agent2_id": "oak"}', 422, "agent2_id"),
    ("agents/oak/interact", '{"agent2_id": "elm", "interaction_type": "duel"}', 422, "interaction_type"),
    ("agents/oak/chat", '{"receiver_id": "elm", "message": "  "}', 422, "message"),
    ("agents/oak/chat", '{"receiver_id": "elm", "message": "%s"}' % ("x" * 1001), 422, "message"),
    ("agents/oak/chat", '{"receiver_id": "ghost", "message": "boo"}', 404, "receiver_id"),
    ("time/speed", '{"speed": 0}', 422, "speed"),
    ("time/speed", '{"speed": -1}', 422, "speed"),
    ("time/speed", '{"speed": NaN}', 422, "speed"),
    ("time/speed", '{"speed": 1000.1}', 422, "speed"),
    ("time/step", '{"ticks": 0}', 422, "ticks"),
    ("time/step", '{"ticks": 1000000}', 422, "ticks"),
    ("time/step", '{"ticks": 1}', 409, "pause"),
    ("breeding/enable", '{"enabled": "perhaps"}', 422, "enabled"),
    ("naming/generate", '{"spirit": "unicycle"}', 422, "spirit"),
]

QUERIES = [
    ("agents/oak/lineage?depth=1000000", 422, "depth"),
    ("agents/oak/lineage?depth=0", 422, "depth"),
    ("agents/oak/lineage.svg?depth=-1", 422, "depth"),
    ("agents/oak/nearby?radius=nan", 422, "radius"),
    ("agents/oak/nearby?radius=inf", 422, "radius"),
    ("agents/oak/nearby?radius=-5", 422, "radius"),
    ("agents/oak/mates?max_results=0", 422, "max_results"),
    ("agents?limit=201", 422, "limit"),
    ("agents/search?query=", 422, "query"),
    ("agents/nobody", 404, "nobody"),
    ("agents/%00", 404, "x00"),
    ("agents/nobody/lineage", 404, "nobody"),
    ("agents/oak/compatibility/nobody", 404, "nobody"),
    ("agents/oak/distance/nobody", 404, "nobody"),
    ("naming/animal-spirits/unicycle", 404, "unicycle"),
    ("naming/generation-numbers/unicycle", 404, "unicycle"),
    ("traits/soul", 422, "group"),
    ("world/log/0", 404, "0"),
    ("world/log/99999999999999999999", 404, "9"),
    ("world/log?after=-1", 422, "after"),
    ("events?after=-1", 422, "after"),
]


async def test_every_bad_input_is_refused_and_none_is_logged_that_breaks_the_replay(world: World) -> None:
    for name in ("oak", "elm"):
        await world.done("agents", {"agent_id": name})
    for path, body, status, named in BODIES:
        answer = await world.house.client.post(f"/api/ecs/{path}", content=body, headers=world.ann | JSON)
        assert answer.status_code == status, (path, body, answer.text)
        assert named in answer.json()["detail"], (path, body, answer.text)
    for path, status, named in QUERIES:
        answer = await world.house.client.get(f"/api/ecs/{path}")
        assert answer.status_code == status, (path, answer.text)
        assert named in answer.json()["detail"], (path, answer.text)
    logged = await world.get("world/log")
    assert [item["kind"] for item in logged] == ["create_agent", "create_agent", "step"], "the last could have been"
    assert logged[-1]["result"]["refused"] == "not_paused"
    assert (await world.done("world/replay-check"))["identical"]
