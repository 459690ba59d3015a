"""Vectors of texts, made by a model of Ollama."""

import httpx2
from pydantic import BaseModel, ValidationError

from app.core.adapter import BadAnswer, ask
from app.services.ollama.adapter import Ollama
from app.services.ollama.conversation import NANOSECONDS
from app.services.ollama.schemas import EmbedOut, EmbedRequest

MAX_VECTOR_BYTES = 8 * 1024 * 1024
"""Of one answer: 128 vectors of 4,096 numbers of 12 characters are 6.3 MB."""


class Embedded(BaseModel):
    """What Ollama answers."""

    embeddings: list[list[float]]
    prompt_eval_count: int = 0
    total_duration: int = 0


async def embed(ollama: Ollama, request: EmbedRequest) -> EmbedOut:
    """Return a vector for each text.

    Raises:
        Busy: Too many calls run or wait.
        UnknownModel, NoModel, ModelRefused: The model is not there, or cannot do this.
        OllamaAway, OllamaFailed: Ollama does not serve us.
    """
    async with ollama.places.take():
        model = request.model or await ollama.default_model(embeds=True)
        body = {"model": model, **request.model_dump(include={"input", "truncate", "dimensions"}, exclude_none=True)}
        async with ollama.told_in_words(model):
            answer = await ask(
                ollama.client,
                "POST",
                "/api/embed",
                body,
                seconds=ollama.settings.timeout,
                max_bytes=MAX_VECTOR_BYTES,
            )
            embedded = understood(answer, 1 if isinstance(request.input, str) else len(request.input))
    return EmbedOut(
        model=model,
        embeddings=embedded.embeddings,
        prompt_tokens=embedded.prompt_eval_count,
        total_ms=round(embedded.total_duration / NANOSECONDS, 1),
    )


def understood(answer: object, texts: int) -> Embedded:
    """Return vectors, as many as there are texts and each as long as the others.

    Raises:
        BadAnswer: They are not.
    """
    try:
        found = Embedded.model_validate(answer)
    except ValidationError as error:
        raise BadAnswer("Ollama sent vectors in an unknown form", httpx2.codes.OK) from error
    if len(found.embeddings) != texts or len({len(vector) for vector in found.embeddings}) != 1:
        raise BadAnswer("Ollama sent other vectors than were asked for", httpx2.codes.OK)
    return found
