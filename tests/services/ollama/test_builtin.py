"""The built-in model for real: llama.cpp over SmolLM2 in its process, driven by Ollama's official client."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from ollama import AsyncClient, ResponseError

from app.core.adapter import NeighbourAway
from app.db.embedded import EmbeddedServers
from app.services.answers import service as answers
from app.services.ollama.builtin import process as process_module
from app.services.ollama.builtin.model import CONTEXT, LENGTH, NAME, digest_of, model_file
from app.services.ollama.builtin.process import ModelProcess, Orders
from tests.conftest import FreshDatabase, House, Serve, open_house
from tests.peers.ollama import OllamaPeer
from tests.services.answers.conftest import QUESTION, filled
from tests.services.ollama.conftest import NDJSON
from tests.services.ollama.test_chat import SCHEMA, until

FILE = model_file()
needs_extra = pytest.mark.skipif(FILE is None, reason="make run EXTRAS=llm installs the built-in model")
pytestmark = [pytest.mark.anyio, pytest.mark.xdist_group("llama")]

SHORT: dict[str, Any] = {"num_predict": 8, "temperature": 0, "seed": 1}
HELLO = [{"role": "user", "content": "Say hello."}]


def orders(file: Path | str, key: str = "key") -> Orders:
    return Orders(str(file), 1, "1.0", key)


@asynccontextmanager
async def running(idle: float = 60.0) -> AsyncIterator[tuple[ModelProcess, AsyncClient]]:
    """A child of its own, and the official client of it."""
    assert FILE is not None
    process = ModelProcess(orders(FILE), idle)
    try:
        async with (
            process.used() as port,
            AsyncClient(f"http://127.0.0.1:{port}", headers={"Authorization": "Bearer key"}) as client,
        ):
            yield process, client
    finally:
        await process.aclose()


@pytest.fixture
async def official() -> AsyncIterator[AsyncClient]:
    async with running() as (_, client):
        yield client


@needs_extra
async def test_the_official_client_lists_shows_and_talks(official: AsyncClient) -> None:
    listed = await official.list()
    assert [model.model for model in listed.models] == [NAME]
    assert listed.models[0].details is not None
    assert listed.models[0].details.family == "llama"
    assert (await official.ps()).models == []
    shown = await official.show(NAME)
    assert shown.modelinfo is not None
    assert shown.modelinfo["llama.context_length"] == CONTEXT
    whole = await official.chat(NAME, HELLO, options=SHORT)
    assert whole.message.content
    assert (whole.done, whole.done_reason) == (True, "length")
    assert whole.eval_count == 8
    assert whole.prompt_eval_count
    assert len((await official.ps()).models) == 1
    pieces = [piece async for piece in await official.chat(NAME, HELLO, options=SHORT, stream=True)]
    assert "".join(piece.message.content or "" for piece in pieces) == whole.message.content
    assert [piece.done for piece in pieces[-2:]] == [False, True]
    assert len(pieces) >= 8


@needs_extra
async def test_it_completes_keeps_to_a_schema_and_embeds(official: AsyncClient) -> None:
    raw = await official.generate(NAME, "The capital of France is", raw=True, options=SHORT)
    assert "Paris" in (raw.response or "")
    told = await official.generate(NAME, "Say hello.", system="You are brief.", options=SHORT)
    assert told.response
    schema = await official.chat(NAME, HELLO, format=SCHEMA, options={**SHORT, "num_predict": 40})
    assert isinstance(orjson.loads(schema.message.content or "")["age"], int)
    near, same, far = (await official.embed(NAME, ["a red fox", "a red fox", "quarterly tax returns"])).embeddings
    assert len(near) == LENGTH
    assert near == pytest.approx(same, abs=1e-3)
    assert sum(a * b for a, b in zip(near, far, strict=True)) < 0.99
    long = await official.embed(NAME, "word " * 5000)
    assert len(long.embeddings[0]) == LENGTH
    with pytest.raises(ResponseError, match="exceeds the context length"):
        await official.embed(NAME, "word " * 5000, truncate=False)


@needs_extra
async def test_a_pull_reads_the_file_through(official: AsyncClient) -> None:
    steps = [step async for step in await official.pull(NAME, stream=True)]
    assert FILE is not None
    assert (steps[0].status, steps[-1].status) == ("pulling manifest", "success")
    done = [step.completed for step in steps if step.completed is not None]
    assert done == sorted(done)
    assert done[-1] == FILE.stat().st_size
    assert steps[1].digest == f"sha256:{digest_of(FILE)}"
    with pytest.raises(ResponseError, match="file does not exist"):
        [step async for step in await official.pull("mistral", stream=True)]


@needs_extra
async def test_what_it_cannot_do_is_refused_in_the_form_of_ollama(official: AsyncClient) -> None:
    tool: Any = {"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}}
    for asking, words in (
        (official.chat(NAME, HELLO, tools=[tool]), "does not support tools"),
        (official.chat(NAME, HELLO, think=True), "does not support thinking"),
        (official.chat(NAME, [{"role": "user", "content": "word " * 9000}]), "context"),
        (official.generate(NAME, "x", suffix="y"), "does not support insert"),
        (official.chat("mistral", HELLO), "not found"),
        (official.delete(NAME), "part of the installation"),
    ):
        with pytest.raises(ResponseError, match=words):
            await asking


@needs_extra
async def test_its_port_needs_the_key_and_survives_nonsense(official: AsyncClient) -> None:
    inner = official._client
    async with httpx.AsyncClient(base_url=str(inner.base_url)) as stranger:
        assert (await stranger.get("/api/tags")).status_code == 401
        headers = {"Authorization": "Bearer key"}
        for body in (b"", b"[]", b"{", b'{"model": "smollm2:135m"}', b'{"model": "smollm2:135m", "messages": [7]}'):
            answer = await stranger.post("/api/chat", content=body, headers=headers)
            assert answer.status_code in (400, 404), body


@needs_extra
async def test_it_ends_when_idle_and_starts_again_when_it_died(monkeypatch: pytest.MonkeyPatch) -> None:
    assert FILE is not None
    process = ModelProcess(orders(FILE), idle=0.2)
    try:
        async with process.used() as port:
            await asyncio.sleep(0.4)
            assert process.alive, "a call keeps it, however long it takes"
        await until(lambda: not process.alive)
        async with process.used() as second:
            child = process._child
            assert child is not None
            os.kill(child.pid, signal.SIGKILL)
            await child.wait()
        async with process.used() as third:
            assert process.alive
        assert len({port, second, third}) >= 1
    finally:
        await process.aclose()
    assert not process.alive


async def test_a_child_that_does_not_start_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process_module, "MODULE", "app.no_such_module")
    process = ModelProcess(orders("nowhere"), idle=1.0)
    with pytest.raises(NeighbourAway, match="does not start"):
        async with process.used():
            pass
    assert not process.alive


@pytest.fixture
async def house_without_ollama(
    fresh_database: FreshDatabase, servers: EmbeddedServers, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[House]:
    monkeypatch.setenv("OLLAMA_BUILTIN_ENABLED", "true")
    monkeypatch.setenv("OLLAMA_BUILTIN_THREADS", "1")
    monkeypatch.setenv("RATE_LIMIT_AUTH", "10000/minute")
    async with open_house(fresh_database, servers, serve, monkeypatch) as house:
        yield house


@needs_extra
async def test_without_ollama_it_answers_in_its_place(house_without_ollama: House) -> None:
    house = house_without_ollama
    ann = await house.account("ann")
    status = (await house.client.get("/api/ollama/status")).json()
    assert (status["status"], status["provider"]) == ("running", "built-in")
    process = house.service("ollama").client._transport._process
    assert not process.alive, "it starts when it is first asked"
    body = {"message": "Say hello.", "options": SHORT}
    whole = (await house.client.post("/api/ollama/chat", json=body, headers=ann)).json()
    assert whole["model"] == NAME
    assert whole["message"]["content"]
    assert process.alive
    streamed = await house.client.post("/api/ollama/chat", json=body, headers={**ann, **NDJSON})
    *tokens, done = [orjson.loads(line) for line in streamed.text.splitlines()]
    assert "".join(token["text"] for token in tokens) == whole["message"]["content"]
    assert done["usage"]["tokens"] == 8
    vectors = (await house.client.post("/api/ollama/embed", json={"input": "x"}, headers=ann)).json()
    assert len(vectors["embeddings"][0]) == LENGTH
    refused = await house.client.post("/api/ollama/pull", json={"model": "llama3.2"}, headers=ann)
    assert refused.status_code == 404


@needs_extra
@pytest.mark.parametrize("stream", [True, False])
async def test_hanging_up_stops_the_real_model(house_without_ollama: House, stream: bool) -> None:
    house = house_without_ollama
    ann = await house.account("ann")
    process = house.service("ollama").client._transport._process
    body = {"message": "Tell a long story.", "options": {"num_predict": 1000}, "stream": stream}
    asking = asyncio.ensure_future(house.client.post("/api/ollama/chat", json=body, headers=ann))
    await until(lambda: process._calls == 1 and process.alive)
    await asyncio.sleep(1)
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    async with asyncio.timeout(1):
        await until(lambda: process._calls == 0)
    short = {"message": "Say hello.", "options": SHORT}
    async with asyncio.timeout(10):  # one that still wrote its 1,000 words would be in the way for half a minute
        assert (await house.client.post("/api/ollama/chat", json=short, headers=ann)).status_code == 200


@needs_extra
async def test_it_answers_questions_about_documents(
    house_without_ollama: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "MAX_ANSWER_TOKENS", 12)
    await filled(house_without_ollama)
    body = {"question": QUESTION, "stream": False}
    found = (await house_without_ollama.client.post("/api/rag/answer", json=body)).json()
    assert (found["model"], found["message"]) == (NAME, None)
    assert found["answer"]
    assert found["passages"][0]["path"] == "guide.md"


@needs_extra
async def test_it_gives_way_when_ollama_comes(house_without_ollama: House, serve: Serve) -> None:
    lost: list[str] = []
    builtin = house_without_ollama.service("ollama")
    builtin.tell(lost.append)
    assert await builtin.probe() is None
    assert lost == []
    async with serve(OllamaPeer().app()) as there:
        builtin._real.client.base_url = str(there.base_url)
        await builtin.probe()
    assert "takes over" in lost[0]
