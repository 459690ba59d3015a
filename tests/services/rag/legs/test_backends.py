"""Backends over HTTP: they speak the protocol, and every fault of the other side is one sentence."""

import re
from collections.abc import AsyncIterator

import numpy as np
import pytest

from app.core.settings import Settings, load_settings
from app.services.ollama.settings import OllamaSettings
from app.services.rag.legs.backends import BackendBusy, BackendError, DimensionChanged, Embedder, make_embedder
from app.services.rag.legs.settings import (
    EmbeddingSettings,
    HuggingFaceSettings,
    LegSettings,
    OpenAISettings,
    legs_of,
)
from app.services.rag.settings import RagSettings
from tests.conftest import Serve
from tests.peers.embeddings import KEY, MODEL, embedding_server
from tests.peers.tcp import Behaviour, answers, dribbles, hangs_up, peer, says_nothing
from tests.services.rag.legs.conftest import LEG, Switchable

pytestmark = pytest.mark.anyio

BACKENDS = ("ollama", "openai", "huggingface")
SLICES = (RagSettings, EmbeddingSettings, OpenAISettings, HuggingFaceSettings, OllamaSettings)
TEXTS = ["def median(numbers): ...", "the middle value of a sorted list", "Put nginx in front of the server.", ""]


def configured(
    environment: pytest.MonkeyPatch, url: str, backend: str, model: str = MODEL
) -> tuple[Settings, LegSettings]:
    environment.setenv("EMBEDDING_MINILM_ENABLED", "false")
    environment.setenv("RAG_CODE_MODEL", f"{backend}:{model}")
    environment.setenv(f"EMBEDDING_{backend.upper()}_TIMEOUT", "0.5")
    environment.setenv(f"{backend.upper()}_BASE_URL", url + ("/v1" if backend == "openai" else ""))
    settings = load_settings(SLICES)
    (leg,) = legs_of(settings)
    return settings, leg


async def sentence(environment: pytest.MonkeyPatch, url: str, backend: str, model: str = MODEL, texts: int = 1) -> str:
    """Return what is said when `texts` texts cannot be embedded."""
    embedder = make_embedder(*configured(environment, url, backend, model))
    try:
        with pytest.raises(BackendError) as raised:
            await embedder.embed(["x"] * texts)
        return str(raised.value)
    finally:
        await embedder.close()


@pytest.fixture
async def server(serve: Serve) -> AsyncIterator[str]:
    async with serve(embedding_server()) as client:
        yield str(client.base_url).rstrip("/")


@pytest.mark.parametrize("backend", BACKENDS)
async def test_each_gives_a_unit_vector_for_each_text_in_order(
    server: str, monkeypatch: pytest.MonkeyPatch, backend: str
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv(f"EMBEDDING_{backend.upper()}_BATCH_SIZE", "3")
    embedder = make_embedder(*configured(monkeypatch, server, backend))
    vectors = await embedder.embed(TEXTS)
    one_by_one = np.concatenate([await embedder.embed([text]) for text in TEXTS])
    await embedder.close()
    assert vectors.shape == (4, 256)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert np.allclose(vectors, one_by_one, atol=1e-5)


async def test_what_is_wrong_is_said_with_what_to_do(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "run `ollama pull other`" in await sentence(monkeypatch, server, "ollama", "other")
    assert "set OPENAI_API_KEY" in await sentence(monkeypatch, server, "openai")
    assert f"serves {MODEL}, not other" in await sentence(monkeypatch, server, "huggingface", "other")
    monkeypatch.setenv("EMBEDDING_HUGGINGFACE_BATCH_SIZE", "64")
    assert "lower EMBEDDING_HUGGINGFACE_BATCH_SIZE" in await sentence(monkeypatch, server, "huggingface", texts=64)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    assert "there is no model other" in await sentence(monkeypatch, server, "openai", "other")


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    ("behaviour", "said"),
    [
        (answers({}, status="429 Too Many Requests"), "429|too many|overloaded"),
        (answers({}, status="500 Internal Server Error"), "500"),
        (answers(b"<html>"), "no JSON"),
        (answers({"nonsense": True}), "is no|is not|does not speak"),
        (hangs_up, "nothing that speaks HTTP answers"),
        (says_nothing, "in time|no answer within"),
        (dribbles, "in time|no answer within"),
    ],
)
async def test_whatever_the_other_side_does_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, backend: str, behaviour: Behaviour, said: str
) -> None:
    async with peer(behaviour) as running:
        heard = await sentence(monkeypatch, running.url, backend)
    assert re.search(said, heard), heard
    assert "Traceback" not in heard


async def test_nobody_there_is_told_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    async with peer(hangs_up) as gone:
        url = gone.url
    assert "nothing that speaks HTTP answers" in await sentence(monkeypatch, url, "ollama")


NUMBERS = [0.1, 0.2]


@pytest.mark.parametrize(
    ("embeddings", "said"),
    [
        ([NUMBERS, NUMBERS], "answered 1 items with 2 vectors"),
        ([], "answered 1 items with 0 vectors"),
        ([[0.0, 0.0]], "no direction"),
        ([["a", "b"]], "no list of vectors"),
        ([[0.1] * 4001], "at most 4000"),
        ([[[0.1]]], "answered 1 texts|vectors"),
        ([None], "no list of vectors|no direction|vectors"),
    ],
)
async def test_answers_that_hold_no_vectors_are_refused(
    monkeypatch: pytest.MonkeyPatch, embeddings: object, said: str
) -> None:
    async with peer(answers({"embeddings": embeddings})) as running:
        heard = await sentence(monkeypatch, running.url, "ollama")
    assert re.search(said, heard), heard


async def test_a_backend_that_comes_back_is_used_again(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with peer(hangs_up) as running:
        embedder = make_embedder(*configured(monkeypatch, running.url, "ollama"))
        with pytest.raises(BackendError):
            await embedder.embed(["x"])
        running.behave = answers({"embeddings": [NUMBERS]})
        assert (await embedder.embed(["x"])).shape == (1, 2)
        running.behave = answers({"embeddings": [[0.1, 0.2, 0.3]]})
        with pytest.raises(DimensionChanged, match="3 dimensions, before with 2"):
            await embedder.embed(["x"])
        assert (await embedder.embed(["x"])).shape == (1, 3)
        await embedder.close()


async def test_others_before_us_are_not_the_fault_of_the_backend() -> None:
    embedder = Embedder(LEG, Switchable())
    async with embedder._turns:
        with pytest.raises(BackendBusy, match="was busy"):
            await embedder.embed(["x"], 0.05)
    assert len(await embedder.embed(["x"], 5)) == 1


def test_models_name_their_backend_or_take_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [(leg.name, leg.modalities) for leg in legs_of(load_settings(SLICES))] == [
        ("minilm:all-MiniLM-L6-v2-int8-words", ("captions", "code", "docs"))
    ]
    monkeypatch.setenv("EMBEDDING_MINILM_ENABLED", "false")
    monkeypatch.setenv("RAG_CODE_MODEL", "bge-m3:latest")
    monkeypatch.setenv("RAG_TEXT_MODEL", "openai:small")
    monkeypatch.setenv("EMBEDDING_OPENAI_ENABLED", "true")
    monkeypatch.setenv("EMBEDDING_OPENAI_DEFAULT_MODEL", "small")
    assert [(leg.name, leg.modalities) for leg in legs_of(load_settings(SLICES))] == [
        ("ollama:bge-m3:latest", ("code",)),
        ("openai:small", ("captions", "code", "docs")),
    ]
    monkeypatch.setenv("EMBEDDING_BACKENDS_ENABLED", "false")
    assert legs_of(load_settings(SLICES)) == []
