"""A world that is taken out and brought in is the same; one that was changed on the way is refused."""

from collections.abc import Callable
from typing import Any

import httpx
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.ecs.archive import parsed
from app.services.ecs.errors import BadWorld
from tests.services.ecs.conftest import World
from tests.services.ecs.waiting import until

pytestmark = pytest.mark.anyio

HEAD = {"format": "reynard-world", "version": 1, "seed": 1, "tick": 9, "inputs": 1, "hash": "0" * 64}
LINE = {
    "number": 1, "tick": 3, "kind": "create_agent", "payload": {"agent_id": "oak"}, "at_ms": 5, "caller": "",
    "admin": False, "withdrawn": False,
}  # fmt: skip


def file_of(*lines: Any) -> bytes:
    return b"\n".join(line if isinstance(line, bytes) else orjson.dumps(line) for line in lines)


async def send(world: World, content: bytes, headers: dict[str, str] | None = None) -> httpx.Response:
    files = {"file": ("world.ndjson", content, "application/x-ndjson")}
    return await world.house.client.post("/api/ecs/world/import", files=files, headers=headers or world.ann)


async def test_a_world_is_taken_out_and_brought_in(world: World) -> None:
    for name in ("oak", "elm"):
        await world.done("agents", {"agent_id": name, "spirit": "fox"})
    await world.done("agents/offspring", {"parent1_id": "oak", "parent2_id": "elm", "offspring_id": "kit"})
    await world.done("time/pause")
    exported = await world.house.client.get("/api/ecs/world/export", headers=world.ann)
    assert exported.status_code == 200
    before = (await world.get("agents/kit"), (await world.get("agents/positions"))["positions"])
    await world.done("agents", {"agent_id": "later"})
    refused = await send(world, exported.content, world.bob)
    assert refused.status_code == 403
    brought = await send(world, exported.content)
    assert brought.status_code == 200, brought.text

    async def replaced() -> bool:
        return {agent["agent_id"] for agent in await world.get("agents")} == {"oak", "elm", "kit"}

    await until(replaced)
    assert (await world.get("agents/kit"), (await world.get("agents/positions"))["positions"]) == before
    assert (await world.get("time"))["paused"]
    await world.done("agents", {"agent_id": "later"})
    log = await world.get("world/log")
    assert [item["number"] for item in log] == [1, 2, 3, 4, 5]
    assert log[2]["result"] == {"agent_id": "kit"}
    assert (await world.done("world/replay-check"))["identical"]
    changed = exported.content.replace(b'"oak"', b'"oac"')
    answer = await send(world, changed)
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_world")
    assert "hash" in answer.json()["detail"]
    assert len(await world.get("agents")) == 4, "nothing was replaced"


BAD: list[tuple[str, Callable[[], bytes]]] = [
    ("no world", lambda: b""),
    ("Line 1", lambda: b"PK\x03\x04"),
    ("Line 1", lambda: file_of(HEAD | {"version": 2}, LINE)),
    ("Line 1", lambda: file_of(HEAD | {"more": 2}, LINE)),
    ("Line 1: seed", lambda: file_of(HEAD | {"seed": -1}, LINE)),
    ("Line 1: tick", lambda: file_of(HEAD | {"tick": 2**60}, LINE)),
    ("Line 1: inputs", lambda: file_of(HEAD | {"inputs": 2}, LINE)),
    ("Line 2: number", lambda: file_of(HEAD, LINE | {"number": "1"})),
    ("numbered", lambda: file_of(HEAD, LINE | {"number": 2})),
    ("never fall", lambda: file_of(HEAD | {"inputs": 2}, LINE, LINE | {"number": 2, "tick": 2})),
    ("never fall", lambda: file_of(HEAD, LINE | {"tick": 10})),
    ("teleport", lambda: file_of(HEAD, LINE | {"kind": "teleport"})),
    ("agent_id", lambda: file_of(HEAD, LINE | {"payload": {"agent_id": "../x"}})),
    ("Line 2", lambda: file_of(HEAD, b'{"number": 1, "number": NaN}')),
    ("bytes", lambda: file_of(HEAD, LINE | {"payload": {"name": "x" * 30_000}})),
    ("caller", lambda: file_of(HEAD, LINE | {"caller": "<script>"})),
]


@pytest.mark.parametrize(("named", "content"), BAD, ids=[str(number) for number in range(len(BAD))])
def test_what_is_no_world_is_refused_with_its_line(named: str, content: Callable[[], bytes]) -> None:
    with pytest.raises(BadWorld) as refused:
        parsed(content())
    assert named in refused.value.detail or named == "no world"


@given(st.binary(max_size=300))
def test_no_bytes_are_taken_for_a_world(content: bytes) -> None:
    with pytest.raises(BadWorld):
        parsed(content)


def test_a_good_one_is_read() -> None:
    assert parsed(file_of(HEAD, LINE)).inputs[0].payload == {"agent_id": "oak"}
