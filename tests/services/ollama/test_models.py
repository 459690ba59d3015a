"""The models of Ollama over real HTTP: lists, downloads, vectors."""

import asyncio

import pytest

from tests.peers.ollama import EMBEDS, MODEL
from tests.services.ollama.conftest import Talk
from tests.services.ollama.test_chat import until

pytestmark = pytest.mark.anyio


async def test_models_are_listed_by_pages(talk: Talk) -> None:
    answer = await talk.house.client.get("/api/ollama/models", headers=talk.bob)
    assert [(model["name"], model["talks"]) for model in answer.json()] == [(EMBEDS, False), (MODEL, True)]
    assert answer.headers["x-total-count"] == "2"
    page = await talk.house.client.get("/api/ollama/models", params={"offset": 1, "limit": 1}, headers=talk.bob)
    assert [model["name"] for model in page.json()] == [MODEL]


async def test_one_model_is_told_of(talk: Talk) -> None:
    detail = (await talk.house.client.get("/api/ollama/models/llama3.2", headers=talk.bob)).json()
    assert (detail["name"], detail["context_length"], detail["capabilities"]) == (
        MODEL,
        131_072,
        ["completion", "tools"],
    )
    missing = await talk.house.client.get("/api/ollama/models/hf.co/ann/model:Q4", headers=talk.bob)
    assert (missing.status_code, missing.json()["code"]) == (404, "unknown_model")
    odd = await talk.house.client.get("/api/ollama/models/a%20b", headers=talk.bob)
    assert odd.status_code == 422


async def test_a_download_tells_how_far_it_is(talk: Talk) -> None:
    first, *parts, done = await talk.events("pull", model="qwen3:0.6b")
    assert first == {"type": "progress", "status": "pulling manifest"}
    assert [part["completed"] for part in parts if "completed" in part] == [0, 25, 50, 75, 100]
    assert done == {"type": "done", "model": "qwen3:0.6b"}
    listed = (await talk.house.client.get("/api/ollama/models", headers=talk.bob)).json()
    assert listed[0]["name"] == "qwen3:0.6b"
    pulled = await talk.house.client.post("/api/ollama/pull", json={"model": "tiny"}, headers=talk.ann)
    assert pulled.json() == {"model": "tiny:latest"}


async def test_what_the_library_does_not_have(talk: Talk) -> None:
    answer = await talk.house.client.post("/api/ollama/pull", json={"model": "nothing"}, headers=talk.ann)
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_model")
    *_, last = await talk.events("pull", model="nothing")
    assert (last["type"], last["code"]) == ("error", "unknown_model")


async def test_one_download_at_a_time_and_hanging_up_ends_it(talk: Talk) -> None:
    talk.ollama.ending = "endless"
    pulling = asyncio.ensure_future(talk.house.client.post("/api/ollama/pull", json={"model": "big"}, headers=talk.ann))
    places = talk.house.service("ollama").pulls
    await until(places._places.locked)
    second = await talk.house.client.post("/api/ollama/pull", json={"model": "other"}, headers=talk.ann)
    assert (second.status_code, second.json()["code"]) == (503, "busy")
    await asyncio.sleep(0.1)
    pulling.cancel()
    await asyncio.gather(pulling, return_exceptions=True)
    async with asyncio.timeout(1):
        await talk.ollama.hung_up.wait()


async def test_a_model_is_deleted_and_the_answer_is_what_it_was(talk: Talk) -> None:
    gone = await talk.house.client.delete(f"/api/ollama/models/{MODEL}", headers=talk.ann)
    assert gone.json()["name"] == MODEL
    again = await talk.house.client.delete(f"/api/ollama/models/{MODEL}", headers=talk.ann)
    assert (again.status_code, again.json()["code"]) == (404, "unknown_model")


async def test_only_an_administrator_downloads_and_deletes(talk: Talk) -> None:
    pull = await talk.house.client.post("/api/ollama/pull", json={"model": "tiny"}, headers=talk.bob)
    delete = await talk.house.client.delete(f"/api/ollama/models/{MODEL}", headers=talk.bob)
    assert (pull.status_code, delete.status_code) == (403, 403)
    assert talk.ollama.models == [EMBEDS, MODEL]


async def test_texts_are_embedded_by_the_model_that_does(talk: Talk) -> None:
    answer = (await talk.ask("embed", input=["one", "three"])).json()
    assert (answer["model"], answer["embeddings"]) == (EMBEDS, [[3.0, 1.0], [5.0, 1.0]])
    assert answer["prompt_tokens"] == 7
    assert (await talk.ask("embed", input="one")).json()["embeddings"] == [[3.0, 1.0]]
    assert (await talk.ask("embed", input=[])).status_code == 422
    assert (await talk.ask("embed", input=["x"] * 129)).status_code == 422
