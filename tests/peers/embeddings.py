"""Servers that embed, faithful to the protocols of Ollama, OpenAI and Text Embeddings Inference, over our own table.

Sources: Ollama's docs/api.md (`POST /api/embed`), OpenAI's reference (`POST /v1/embeddings`), and the OpenAPI document
of text-embeddings-inference (`GET /info`, `POST /embed`).
"""

from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from app.services.rag.embedding import StaticEmbedding

MODEL = "nomic-embed-text"
KEY = "a-key"
LARGEST_BATCH = 32

STATIC = StaticEmbedding.load()


def vectors(texts: list[str]) -> list[list[float]]:
    """Return a vector for each text; one without a known word points somewhere, as it does with a real model."""
    found: list[list[float]] = STATIC.embed([f"{text} text" for text in texts]).tolist()
    return found


async def ollama(request: Request) -> JSONResponse:
    body: dict[str, Any] = await request.json()
    if body["model"].removesuffix(":latest") != MODEL:
        return JSONResponse({"error": f'model "{body["model"]}" not found, try pulling it first'}, 404)
    texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
    return JSONResponse({"model": body["model"], "embeddings": vectors(texts), "total_duration": 1, "load_duration": 1})


async def openai(request: Request) -> JSONResponse:
    if request.headers.get("Authorization") != f"Bearer {KEY}":
        return JSONResponse({"error": {"message": "Incorrect API key provided", "type": "invalid_request_error"}}, 401)
    body: dict[str, Any] = await request.json()
    if body["model"] != MODEL:
        return JSONResponse({"error": {"message": "The model does not exist", "code": "model_not_found"}}, 404)
    items = [
        {"object": "embedding", "index": index, "embedding": vector}
        for index, vector in enumerate(vectors(body["input"]))
    ]
    return JSONResponse({"object": "list", "data": items[::-1], "model": MODEL, "usage": {"total_tokens": 1}})


async def info(_: Request) -> JSONResponse:
    return JSONResponse({"model_id": MODEL, "max_client_batch_size": LARGEST_BATCH, "version": "1.7.0"})


async def huggingface(request: Request) -> Any:
    body: dict[str, Any] = await request.json()
    if len(body["inputs"]) > LARGEST_BATCH:
        return JSONResponse({"error": "batch size > maximum allowed batch size", "error_type": "Validation"}, 413)
    if any("poison" in text for text in body["inputs"]):
        return JSONResponse({"error": "inference failed", "error_type": "Backend"}, 424)
    return JSONResponse(vectors(body["inputs"]))


def embedding_server() -> Starlette:
    """Return one application that speaks all three."""
    return Starlette(
        routes=[
            Route("/api/embed", ollama, methods=["POST"]),
            Route("/v1/embeddings", openai, methods=["POST"]),
            Route("/info", info),
            Route("/embed", huggingface, methods=["POST"]),
        ]
    )
