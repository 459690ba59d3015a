"""Talking to a model over real HTTP."""

import asyncio
from base64 import b64encode
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from tests.peers.ollama import EMBEDS, MODEL
from tests.services.ollama.conftest import NDJSON, Talk

pytestmark = pytest.mark.anyio

WEATHER: dict[str, Any] = {
    "type": "function",
    "function": {"name": "weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}},
}
SCHEMA = {"type": "object", "properties": {"age": {"type": "integer"}}, "required": ["age"]}


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - a server has no event for a test
            await asyncio.sleep(0.01)


async def test_an_anonymous_caller_is_asked_to_log_in(talk: Talk) -> None:
    for path in ("chat", "generate", "embed", "pull"):
        assert (await talk.house.client.post(f"/api/ollama/{path}", json={})).status_code == 401
    assert (await talk.house.client.get("/api/ollama/models")).status_code == 401
    status = (await talk.house.client.get("/api/ollama/status")).json()
    assert (status["status"], status["provider"]) == ("running", "ollama")


async def test_a_message_is_answered_in_one_piece(talk: Talk) -> None:
    answer = (await talk.ask(message="Hello?", system="Be brief.")).json()
    assert answer["message"] == {
        "role": "assistant",
        "content": "It puts nginx in front [1].",
        "thinking": None,
        "tool_calls": [],
    }
    assert (answer["model"], answer["done_reason"]) == (MODEL, "stop")
    assert answer["usage"] == {"prompt_tokens": 9, "tokens": 3, "load_ms": 1.0, "total_ms": 2.0}
    (asked,) = talk.ollama.asked
    assert asked["messages"] == [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello?"}]
    assert set(asked) == {"model", "stream", "options", "messages"}


async def test_words_come_one_by_one_as_ndjson_or_as_server_sent_events(talk: Talk) -> None:
    *tokens, done = await talk.events(message="Hello?")
    assert [event["text"] for event in tokens] == talk.ollama.words
    assert {event["type"] for event in tokens} == {"token"}
    assert (done["type"], done["model"], done["usage"]["tokens"]) == ("done", MODEL, 3)
    streamed = await talk.ask(message="Hello?", stream=True)
    assert streamed.headers["content-type"].startswith("text/event-stream")
    assert streamed.text.startswith('event: token\ndata: {"type":"token","text":"It puts "}\n\n')
    whole = await talk.house.client.post(
        "/api/ollama/chat", json={"message": "Hello?", "stream": False}, headers={**talk.bob, **NDJSON}
    )
    assert whole.headers["content-type"] == "application/json"


async def test_a_prompt_is_completed(talk: Talk) -> None:
    answer = (await talk.ask("generate", prompt="It is", raw=True, model="llama3.2")).json()
    assert answer["response"] == "It puts nginx in front [1]."
    assert talk.ollama.asked[0]["raw"] is True
    *tokens, done = await talk.events("generate", prompt="It is")
    assert ("".join(event["text"] for event in tokens), done["type"]) == (answer["response"], "done")


async def test_tools_and_schemas_are_passed_on_and_calls_come_back(talk: Talk) -> None:
    talk.ollama.calls = [{"function": {"name": "weather", "arguments": {"city": "Lisbon"}}}]
    talk.ollama.words = []
    asked: dict[str, Any] = {
        "message": "Rain?",
        "tools": [WEATHER],
        "format": SCHEMA,
        "options": {"temperature": 0, "seed": 7},
    }
    answer = (await talk.ask(**asked)).json()
    assert answer["message"]["tool_calls"] == talk.ollama.calls
    sent = talk.ollama.asked[0]
    assert sent["tools"][0]["function"]["parameters"] == WEATHER["function"]["parameters"]
    assert (sent["format"], sent["options"]) == (SCHEMA, {"temperature": 0.0, "seed": 7})
    calls, done = await talk.events(**asked)
    assert (calls["type"], calls["tool_calls"], done["type"]) == ("tool_calls", talk.ollama.calls, "done")
    turns = [
        {"role": "user", "content": "Rain?"},
        {"role": "assistant", "tool_calls": talk.ollama.calls},
        {"role": "tool", "content": "yes", "tool_name": "weather"},
    ]
    assert (await talk.ask(messages=turns, format="json")).status_code == 200
    assert talk.ollama.asked[-1]["messages"][1]["tool_calls"] == talk.ollama.calls


async def test_pictures_are_looked_at_before_a_model_sees_them(talk: Talk) -> None:
    content = BytesIO()
    Image.new("RGB", (8, 8), "red").save(content, "PNG")
    good = b64encode(content.getvalue()).decode()
    for picture, status in ((good, 200), (good[:40], 422), ("no base64!", 422)):
        turn = {"role": "user", "content": "What is it?", "images": [picture]}
        answer = await talk.ask(messages=[turn])
        assert answer.status_code == status, answer.text
    assert len(talk.ollama.asked) == 1
    assert talk.ollama.asked[0]["messages"][0]["images"] == [good]


async def test_what_is_not_there_has_a_status_of_its_own_also_as_a_stream(talk: Talk) -> None:
    for stream in (False, True):
        answer = await talk.ask(message="x", model="mistral", stream=stream)
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_model")
        assert "ollama pull mistral" in answer.json()["detail"]
        assert MODEL in answer.json()["detail"]
    answer = await talk.ask(message="x", model=EMBEDS, stream=True)
    assert (answer.status_code, answer.json()["code"]) == (422, "model_refused")
    assert "does not talk" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("words", "meaning"),
    [
        ("registry.ollama.ai/library/llama3.2:latest does not support tools", "does not use tools"),
        ('"llama3.2" does not support thinking', "does not think"),
        ("secret words of the neighbour", "refuses this"),
    ],
)
async def test_a_refusal_is_told_in_our_words(talk: Talk, words: str, meaning: str) -> None:
    talk.ollama.refuses = words
    answer = await talk.ask(message="x")
    assert (answer.status_code, answer.json()["code"]) == (422, "model_refused")
    assert meaning in answer.json()["detail"]
    assert "secret" not in answer.text


async def test_without_a_model_it_says_which_to_get(talk: Talk) -> None:
    talk.ollama.models = [EMBEDS]
    answer = await talk.ask(message="x")
    assert (answer.status_code, answer.json()["code"]) == (503, "no_model")
    assert "ollama pull" in answer.json()["detail"]


@pytest.mark.parametrize("ending", ["error", "cut"])
async def test_a_model_that_breaks_off_is_told(talk: Talk, ending: str) -> None:
    talk.ollama.ending = ending  # type: ignore[assignment]
    *tokens, last = await talk.events(message="x")
    assert (len(tokens), last["type"], last["code"]) == (3, "error", "ollama_failed")
    assert "signal" not in last["detail"]
    assert (await talk.ask(message="x")).status_code == 502


@pytest.mark.parametrize("stream", [True, False])
async def test_whoever_hangs_up_stops_the_model_within_a_second(talk: Talk, stream: bool) -> None:
    talk.ollama.ending = "endless"
    asking = asyncio.ensure_future(talk.ask(message="x", stream=stream))
    await until(lambda: talk.ollama.talking == 1)
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    async with asyncio.timeout(1):
        await talk.ollama.hung_up.wait()
    await until(lambda: talk.ollama.talking == 0)


async def test_whoever_hangs_up_while_the_model_loads_frees_its_place(talk: Talk) -> None:
    talk.ollama.load_seconds = 30.0
    asking = [asyncio.ensure_future(talk.ask(message="x", stream=True)) for _ in range(2)]
    await until(lambda: talk.ollama.talking == 2)
    for task in asking:
        task.cancel()
    await asyncio.gather(*asking, return_exceptions=True)
    await until(lambda: talk.ollama.talking == 0)
    talk.ollama.load_seconds = 0.0
    assert (await talk.ask(message="x")).status_code == 200


async def test_a_full_queue_is_told_at_once(talk: Talk) -> None:
    talk.ollama.load_seconds = 1.0
    answers = await asyncio.gather(*(talk.ask(message="x", stream=number % 2 == 0) for number in range(6)))
    assert sorted(answer.status_code for answer in answers) == [200] * 3 + [503] * 3
    refused = next(answer for answer in answers if answer.status_code == 503)
    assert (refused.json()["code"], refused.headers["retry-after"]) == ("busy", "5")


async def test_what_cannot_be_asked(talk: Talk) -> None:
    bodies: tuple[dict[str, Any], ...] = (
        {},
        {"message": "x", "messages": [{"role": "user", "content": "x"}]},
        {"messages": []},
        {"messages": [{"role": "robot", "content": "x"}]},
        {"message": "x", "model": "../etc"},
        {"message": "x", "options": {"num_gpu": 99}},
        {"message": "x", "options": {"num_ctx": 10_000_000}},
        {"message": "x", "format": "xml"},
        {"message": "x", "extra": 1},
        {"message": "x", "tools": [{"function": {"name": "rm -rf"}}]},
    )
    for body in bodies:
        assert (await talk.ask(**body)).status_code == 422, body
    assert talk.ollama.asked == []
