"""Answers of agents come from a real conversation with an Ollama, as inputs of the log; without one there are none."""

from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.db.embedded import EmbeddedServers
from app.services.ecs.commands.social import Chat
from app.services.ecs.replies import spoken
from tests.conftest import FreshDatabase, Serve, open_house
from tests.peers.ollama import MODEL, OllamaPeer
from tests.services.ecs.conftest import World
from tests.services.ecs.waiting import until

pytestmark = pytest.mark.anyio

SAID = {"receiver_id": "elm", "message": "Have you seen the otters?"}


@pytest.fixture
async def ollama(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[OllamaPeer]:
    peer = OllamaPeer(words=["Down at ", "the river."])
    async with serve(peer.app()) as there:
        monkeypatch.setenv("OLLAMA_BASE_URL", str(there.base_url))
        yield peer


@pytest.fixture
async def talking(
    ollama: OllamaPeer,
    fresh_database: FreshDatabase,
    servers: EmbeddedServers,
    serve: Serve,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[World]:
    async with open_house(fresh_database, servers, serve, monkeypatch) as house:
        world = World(house, await house.account("ann"), await house.account("bob"))
        await until(world.runs)
        for name in ("oak", "elm"):
            await world.done("agents", {"agent_id": name, "spirit": "fox"})
        yield world


async def answers(world: World, count: int) -> bool:
    return bool((await world.get("agents/oak/messages"))["total_count"] == count)


async def test_a_model_answers_for_the_receiver_and_a_replay_asks_none(talking: World, ollama: OllamaPeer) -> None:
    said = await talking.done("agents/oak/chat", SAID)
    assert said["answer_follows"]
    await until(lambda: answers(talking, 2))
    reply, question = (await talking.get("agents/oak/messages"))["messages"]
    assert (question["message"], reply["message"]) == (SAID["message"], "Down at the river.")
    assert (reply["sender_id"], reply["receiver_id"]) == ("elm", "oak")
    (asked,) = ollama.asked
    assert asked["model"] == MODEL
    system, user = asked["messages"]
    assert user["content"] == SAID["message"]
    for told in ("fox", "acquaintance", "otters"):
        assert told in system["content"]
    assert [item["kind"] for item in await talking.get("world/log")][-2:] == ["chat", "chat"]
    assert (await talking.done("world/replay-check"))["identical"]
    assert len(ollama.asked) == 1, "neither the answer nor the replay is answered"


async def test_an_answer_that_fails_is_none_and_the_next_one_comes(talking: World, ollama: OllamaPeer) -> None:
    ollama.ending = "error"
    await talking.done("agents/oak/chat", SAID)
    await until(lambda: asked_times(ollama, 1))
    ollama.ending, ollama.words = "done", ["\x00\x07 ", "Here. ", "x" * 2000]
    await talking.done("agents/oak/chat", SAID)
    await until(lambda: answers(talking, 3))
    reply = (await talking.get("agents/oak/messages"))["messages"][0]
    assert reply["message"].startswith("Here. xxx")
    assert len(reply["message"]) <= 1000


async def asked_times(ollama: OllamaPeer, count: int) -> bool:
    return len(ollama.asked) >= count


async def test_without_a_model_nobodys_words_are_invented(world: World) -> None:
    for name in ("oak", "elm"):
        await world.done("agents", {"agent_id": name})
    said = await world.done("agents/oak/chat", SAID)
    assert not said["answer_follows"]
    assert (await world.get("agents/oak/messages"))["total_count"] == 1


@given(st.text(max_size=1200))
def test_whatever_a_model_says_becomes_a_message_or_nothing(said: str) -> None:
    words = spoken(said)
    assert not words or Chat(agent_id="a", receiver_id="b", message=words).message == words
