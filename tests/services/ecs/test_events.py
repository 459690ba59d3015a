"""Events as they happen, over HTTP: numbered, and resumed where a client left."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
import pytest

from app.services.ecs.state.layouts import KEPT_EVENTS
from app.services.ecs.state.world import World as State
from app.services.ecs.views.time import events
from tests.services.ecs.conftest import World

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def watching(world: World, query: str = "", **headers: str) -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
    """Yield the events of a stream, with the id of each as SSE has it."""
    async with world.house.client.stream("GET", f"/api/ecs/events{query}", headers=headers) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")

        async def parsed() -> AsyncIterator[dict[str, Any]]:
            number = None
            async for line in answer.aiter_lines():
                if line.startswith("id: "):
                    number = int(line[4:])
                elif line.startswith("data: "):
                    event = orjson.loads(line[6:])
                    assert event["id"] == number
                    yield event

        yield parsed()


async def test_what_happens_is_told_as_it_happens(world: World) -> None:
    await world.done("agents", {"agent_id": "before"})
    async with watching(world) as told:
        for name in ("oak", "elm"):
            await world.done("agents", {"agent_id": name, "spirit": "fox"})
        await world.done("agents/offspring", {"parent1_id": "oak", "parent2_id": "elm", "offspring_id": "kit"})
        await world.done("agents/oak/chat", {"receiver_id": "elm", "message": "look, a kit"})
        await world.done("time/speed", {"speed": 2})
        found = [await anext(told) for _ in range(6)]
    assert [event["type"] for event in found] == ["created", "created", "born", "message", "interaction", "speed"]
    assert found[2]["parents"] == ["oak", "elm"]
    assert (found[3]["from"], found[3]["to"], found[3]["text"]) == ("oak", "elm", "look, a kit")
    assert [event["id"] for event in found] == list(range(2, 8)), "the first had happened before"
    async with watching(world, **{"Last-Event-ID": str(found[1]["id"])}) as again:
        assert [await anext(again) for _ in range(4)] == found[2:]
    async with watching(world, "?after=0") as everything:
        assert (await anext(everything))["agent_id"] == "before"


async def test_an_agent_that_arrives_is_told_of(world: World) -> None:
    await world.done("agents", {"agent_id": "oak"})
    async with watching(world) as told:
        await world.done("time/speed", {"speed": 1000})
        await world.done("agents/oak/move", {"x": 0, "y": 0})
        assert (await anext(told))["type"] == "speed"
        arrived = await anext(told)
    assert (arrived["type"], arrived["agent_id"], arrived["x"], arrived["y"]) == ("arrived", "oak", 0.0, 0.0)


def test_of_what_is_not_kept_any_more_the_count_is_told() -> None:
    state = State(1)
    for number in range(KEPT_EVENTS + 10):
        state.tell("created", agent_id=f"a{number}")
    found = events(state, 4, 3)
    assert found[0] == {"type": "missed", "count": 6, "id": 10}
    assert [event["id"] for event in found[1:]] == [11, 12, 13]
    assert found[1]["agent_id"] == "a10"
    assert events(state, KEPT_EVENTS + 10, 3) == []
    assert events(state, 10**9, 3) == [], "an id that is not there yet"
