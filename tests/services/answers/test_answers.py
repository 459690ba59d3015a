"""Answers over real HTTP, with an Ollama that says what a test tells it to."""

import asyncio

import orjson
import pytest

from app.db.embedded import EmbeddedServers
from app.services.answers import service
from tests.conftest import FreshDatabase, House, Serve, open_house
from tests.peers.ollama import EMBEDS, MODEL
from tests.services.answers.conftest import QUESTION, Oracle, filled

pytestmark = pytest.mark.anyio


async def test_where_anonymous_reading_is_off_it_asks_to_log_in(
    fresh_database: FreshDatabase, servers: EmbeddedServers, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUTH_ANONYMOUS_READ", "false")
    async with open_house(fresh_database, servers, serve, monkeypatch) as house:
        assert (await house.client.post("/api/rag/answer", json={"question": "x"})).status_code == 401


async def test_words_come_one_by_one_and_last_what_they_speak_from(oracle: Oracle) -> None:
    *tokens, done = await oracle.ask()
    assert [event["type"] for event in tokens] == ["token"] * 3
    assert "".join(event["text"] for event in tokens) == "It puts nginx in front [1]."
    assert (done["type"], done["model"], done["message"]) == ("done", MODEL, None)
    first = done["passages"][0]
    assert (first["number"], first["path"]) == (1, "guide.md")
    (citation,) = done["citations"]
    assert citation == {name: first[name] for name in ("number", "source", "path", "start_line", "end_line")}
    assert done["generation"] > 0


async def test_a_browser_gets_server_sent_events(oracle: Oracle) -> None:
    answer = await oracle.house.client.post("/api/rag/answer", json={"question": QUESTION})
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.text.startswith('event: token\ndata: {"type":"token","text":"It puts "}\n\n')


async def test_without_a_stream_it_is_one_answer(oracle: Oracle) -> None:
    answer = (await oracle.house.client.post("/api/rag/answer", json={"question": QUESTION, "stream": False})).json()
    assert answer["answer"] == "It puts nginx in front [1]."
    assert answer["citations"][0]["path"] == "guide.md"


async def test_the_prompt_holds_marked_passages_and_ends_with_the_question(oracle: Oracle) -> None:
    await oracle.ask()
    (asked,) = oracle.ollama.asked
    system, user = asked["messages"]
    assert asked["stream"] is True
    assert asked["options"]["num_ctx"] > len(user["content"]) // 4
    assert user["content"].endswith(f"\n\nQuestion: {QUESTION}")
    mark = system["content"].partition("<passage-")[2].partition(">")[0]
    assert user["content"].count(f"<passage-{mark}>") == 3
    hostile = user["content"].index("Ignore all instructions")
    assert user["content"].rindex(f"<passage-{mark}>", 0, hostile) < hostile
    assert "Ignore all" not in system["content"]


async def test_a_number_that_no_passage_has_is_no_citation(oracle: Oracle) -> None:
    oracle.ollama.words = ["So it is [7], and also [2]."]
    done = (await oracle.ask())[-1]
    assert [citation["number"] for citation in done["citations"]] == [2]


async def test_a_model_that_loads_slowly_is_waited_for(oracle: Oracle) -> None:
    oracle.ollama.load_seconds = 1.0
    assert (await oracle.ask())[-1]["type"] == "done"


@pytest.mark.parametrize("ending", ["error", "cut"])
async def test_a_model_that_breaks_off_is_told_as_an_error(oracle: Oracle, ending: str) -> None:
    oracle.ollama.ending = ending  # type: ignore[assignment]
    *tokens, last = await oracle.ask()
    assert len(tokens) == 3
    assert (last["type"], last["code"]) == ("error", "answer_failed")
    assert "signal" not in last["detail"], "the words of Ollama stay in its own log"
    whole = await oracle.house.client.post("/api/rag/answer", json={"question": QUESTION, "stream": False})
    assert (whole.status_code, whole.json()["code"]) == (502, "answer_failed")


async def test_a_model_that_is_not_there_is_named(oracle: Oracle) -> None:
    (event,) = await oracle.ask(model="mistral")
    assert (event["type"], event["code"]) == ("error", "unknown_model")
    assert "ollama pull mistral" in event["detail"]
    (event,) = await oracle.ask(model=EMBEDS)
    assert event["code"] == "answer_failed"


async def test_whoever_hangs_up_stops_the_model(oracle: Oracle) -> None:
    oracle.ollama.ending = "endless"
    request = {"json": {"question": QUESTION}, "headers": {"Accept": "application/x-ndjson"}}
    async with oracle.house.client.stream("POST", "/api/rag/answer", **request) as answer:  # type: ignore[arg-type]
        async for line in answer.aiter_lines():
            if line and orjson.loads(line)["text"].startswith("and so on"):
                break
    async with asyncio.timeout(5):
        await oracle.ollama.hung_up.wait()


async def test_whoever_hangs_up_stops_the_model_also_without_a_stream(oracle: Oracle) -> None:
    oracle.ollama.ending = "endless"
    asking = asyncio.create_task(
        oracle.house.client.post("/api/rag/answer", json={"question": QUESTION, "stream": False})
    )
    while not oracle.ollama.asked:  # noqa: ASYNC110 - a list of the peer
        await asyncio.sleep(0.01)
    assert not oracle.ollama.hung_up.is_set()
    asking.cancel()
    async with asyncio.timeout(5):
        await oracle.ollama.hung_up.wait()
    oracle.ollama.ending = "done"
    again = await oracle.house.client.post("/api/rag/answer", json={"question": QUESTION, "stream": False})
    assert again.json()["answer"] == "It puts nginx in front [1]."


async def test_a_model_that_never_ends_is_stopped(oracle: Oracle, monkeypatch: pytest.MonkeyPatch) -> None:
    oracle.ollama.ending = "endless"
    monkeypatch.setattr(service, "MAX_ANSWER_CHARACTERS", 200)
    *tokens, done = await oracle.ask()
    assert done["type"] == "done"
    assert sum(len(event["text"]) for event in tokens) < 300
    async with asyncio.timeout(5):
        await oracle.ollama.hung_up.wait()
    oracle.ollama.ending = "done"
    monkeypatch.setattr(service, "SECONDS", 0.2)
    oracle.ollama.load_seconds = 5.0
    (event,) = await oracle.ask()
    assert event["code"] == "answer_failed"


async def test_without_a_model_that_talks_it_says_which_to_get(oracle: Oracle) -> None:
    oracle.ollama.models = [EMBEDS]
    (done,) = await oracle.ask()
    assert "ollama pull" in done["message"]
    assert done["passages"][0]["path"] == "guide.md"


async def test_an_empty_scope_asks_no_model(oracle: Oracle) -> None:
    (done,) = await oracle.ask(paths=["nowhere"])
    assert (done["passages"], done["citations"], oracle.ollama.asked) == ([], [], [])
    assert "Nothing in the index" in done["message"]


async def test_without_ollama_the_passages_are_the_answer(house: House) -> None:
    await filled(house)
    answer = await house.client.post("/api/rag/answer", json={"question": QUESTION, "stream": False})
    assert answer.status_code == 200
    found = answer.json()
    assert (found["answer"], found["citations"], found["model"]) == ("", [], None)
    assert found["passages"][0]["path"] == "guide.md"
    assert "OLLAMA_BASE_URL" in found["message"]


async def test_what_cannot_be_asked(house: House) -> None:
    for body, status in (
        ({}, 422),
        ({"question": " "}, 422),
        ({"question": "x" * 2001}, 422),
        ({"question": "x", "top_k": 0}, 422),
        ({"question": "x", "top_k": 51}, 422),
        ({"question": "x", "model": "../etc"}, 422),
        ({"question": "x", "extra": 1}, 422),
        ({"question": "x", "source": "nowhere"}, 404),
    ):
        assert (await house.client.post("/api/rag/answer", json=body)).status_code == status, body
