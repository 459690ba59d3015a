"""Backends over HTTP: Ollama, servers that speak OpenAI's protocol, and Text Embeddings Inference."""

from collections.abc import Sequence

import httpx2

from app.core.adapter import BadAnswer, NeighbourError, ask
from app.services.rag.legs.backends.backend import BackendError

MAX_ANSWER_BYTES = 128 * 1024 * 1024
"""2,048 vectors of 4,000 numbers with twelve digits each are 100 MB."""


async def post(client: httpx2.AsyncClient, path: str, body: object, refused: dict[int, str]) -> object:
    """Send a request and return the JSON of its answer.

    Args:
        client: See `app.core.adapter.http_client`.
        path: Below the base URL.
        body: Sent as JSON.
        refused: What a status means here, in a sentence.

    Raises:
        BackendError: It failed; says why.
    """
    try:
        return await ask(client, "POST", path, body, max_bytes=MAX_ANSWER_BYTES)
    except BadAnswer as error:
        raise BackendError(refused.get(error.status, str(error))) from error
    except NeighbourError as error:
        raise BackendError(str(error)) from error


class Ollama:
    """`POST /api/embed` of Ollama."""

    def __init__(self, client: httpx2.AsyncClient, model: str) -> None:
        self._client = client
        self._model = model

    async def embed(self, texts: Sequence[str]) -> object:
        """Return the vectors; texts beyond the model's window are cut by Ollama."""
        body = {"model": self._model, "input": list(texts), "truncate": True}
        refused = {404: f"Ollama does not have the model {self._model}: run `ollama pull {self._model}`"}
        match await post(self._client, "/api/embed", body, refused):
            case {"embeddings": list(vectors)}:
                return vectors
        raise BackendError("what answers at OLLAMA_BASE_URL is not Ollama")

    async def close(self) -> None:
        """Close the client."""
        await self._client.aclose()


class OpenAI:
    """`POST /embeddings` of OpenAI and of servers that speak its protocol."""

    def __init__(self, client: httpx2.AsyncClient, model: str) -> None:
        self._client = client
        self._model = model

    async def embed(self, texts: Sequence[str]) -> object:
        """Return the vectors in the order of the texts, whatever order they come in."""
        body = {"model": self._model, "input": list(texts), "encoding_format": "float"}
        refused = {
            401: "the key was refused: set OPENAI_API_KEY",
            403: "the key may not do this: set OPENAI_API_KEY",
            404: f"there is no model {self._model}, or nothing of OpenAI's protocol at OPENAI_BASE_URL",
            429: "too many requests, or no credit left: lower EMBEDDING_OPENAI_MAX_CONCURRENT",
        }
        match await post(self._client, "/embeddings", body, refused):
            case {"data": list(items)} if all(isinstance(item, dict) for item in items):
                ordered = sorted(enumerate(items), key=lambda pair: int_or(pair[1].get("index"), pair[0]))
                return [item.get("embedding") for _, item in ordered]
        raise BackendError("what answers at OPENAI_BASE_URL does not speak OpenAI's protocol")

    async def close(self) -> None:
        """Close the client."""
        await self._client.aclose()


class HuggingFace:
    """`POST /embed` of Text Embeddings Inference, which serves the one model it was started with."""

    def __init__(self, client: httpx2.AsyncClient, model: str) -> None:
        self._client = client
        self._model = model
        self._met = False

    async def embed(self, texts: Sequence[str]) -> object:
        """Return the vectors; texts beyond the model's window are cut by the server."""
        if not self._met:
            await self._meet()
        refused = {
            401: "the key was refused: set HUGGINGFACE_API_KEY",
            413: "the batch is too large for the server: lower EMBEDDING_HUGGINGFACE_BATCH_SIZE",
            422: "the batch is too large for the server: lower EMBEDDING_HUGGINGFACE_BATCH_SIZE",
            424: "the model failed on these texts",
            429: "the server is overloaded: lower EMBEDDING_HUGGINGFACE_MAX_CONCURRENT",
        }
        given = await post(self._client, "/embed", {"inputs": list(texts), "truncate": True}, refused)
        if not isinstance(given, list):
            raise BackendError("what answers at HUGGINGFACE_BASE_URL is no Text Embeddings Inference")
        return given

    async def _meet(self) -> None:
        """See to it that the server has the model that was asked for: vectors of two are never mixed."""
        try:
            found = await ask(self._client, "GET", "/info")
        except NeighbourError as error:
            raise BackendError(str(error)) from error
        match found:
            case {"model_id": str(served)}:
                if served != self._model:
                    raise BackendError(f"the server at HUGGINGFACE_BASE_URL serves {served}, not {self._model}")
                self._met = True
            case _:
                raise BackendError("what answers at HUGGINGFACE_BASE_URL is no Text Embeddings Inference")

    async def close(self) -> None:
        """Close the client."""
        await self._client.aclose()


def int_or(value: object, default: int) -> int:
    """Return the value if it is a whole number, else the default."""
    return value if isinstance(value, int) else default
