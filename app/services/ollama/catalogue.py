"""The models of Ollama: which there are, getting one, giving one up."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any, cast

import httpx2
from pydantic import BaseModel, ValidationError

from app.core.adapter import BadAnswer, ask
from app.services.ollama.adapter import LIST_SECONDS, Ollama, talks
from app.services.ollama.catalogue_schemas import Model, ModelDetail, Progress, Pulled

MAX_MODELS = 1000
"""That are told of; a disk of 10 TB holds about as many."""

MAX_LICENCE = 2000
MAX_TEMPLATE = 20_000


class Details(BaseModel):
    """What Ollama tells of a model in every answer."""

    family: str | None = None
    parameter_size: str | None = None
    quantization_level: str | None = None


async def models(ollama: Ollama) -> list[Model]:
    """Return the models there are, the one that was pulled last first.

    Raises:
        OllamaAway, OllamaFailed: Ollama does not serve us.
    """
    async with ollama.told_in_words(None):
        return [described(entry) for entry in (await ollama.models())[:MAX_MODELS]]


def described(entry: Mapping[str, object]) -> Model:
    """Return one entry of Ollama's list.

    Raises:
        BadAnswer: It is of no known form.
    """
    try:
        return Model(**fields(entry))
    except ValidationError as error:
        raise unknown_form() from error


def fields(entry: Mapping[str, object]) -> dict[str, Any]:
    """Return the fields of a model as Ollama tells them."""
    details = Details.model_validate(entry.get("details") or {})
    return {
        "name": entry["name"],
        "family": details.family,
        "parameters": details.parameter_size,
        "quantization": details.quantization_level,
        "size": entry.get("size"),
        "digest": entry.get("digest"),
        "modified_at": entry.get("modified_at"),
        "talks": talks(entry),
    }


def unknown_form() -> BadAnswer:
    """Return the error of an answer that has no known form."""
    return BadAnswer("Ollama tells of its models in an unknown form", httpx2.codes.OK)


def full(name: str) -> str:
    """Return the name of a model with its tag, as Ollama lists it."""
    return name if ":" in name.rpartition("/")[2] else f"{name}:latest"


async def named(ollama: Ollama, name: str) -> Model:
    """Return the model of that name.

    Raises:
        UnknownModel: There is none; says which there are.
        OllamaAway, OllamaFailed: Ollama does not serve us.
    """
    for model in await models(ollama):
        if model.name == full(name):
            return model
    raise await ollama.unknown(name)


async def detail(ollama: Ollama, name: str) -> ModelDetail:
    """Return all that is known about a model.

    Raises:
        UnknownModel: There is none of that name.
        OllamaAway, OllamaFailed: Ollama does not serve us.
    """
    model = await named(ollama, name)
    async with ollama.told_in_words(name):
        match await ask(ollama.client, "POST", "/api/show", {"model": model.name}, seconds=LIST_SECONDS):
            case {"details": dict()} as told:
                try:
                    return ModelDetail(**model.model_dump(), **more(cast("Mapping[str, Any]", told)))
                except ValidationError as error:
                    raise unknown_form() from error
        raise unknown_form()


def more(told: Mapping[str, Any]) -> dict[str, Any]:
    """Return what only `/api/show` tells; lengths are under the name of the architecture, as `llama.context_length`."""
    info = told.get("model_info") or {}

    def length(kind: str) -> object:
        return next((value for name, value in info.items() if name.endswith(f".{kind}_length")), None)

    return {
        "capabilities": told.get("capabilities") or [],
        "context_length": length("context"),
        "embedding_length": length("embedding"),
        "template": str(told.get("template") or "")[:MAX_TEMPLATE] or None,
        "licence": str(told.get("license") or "")[:MAX_LICENCE] or None,
    }


async def pull(ollama: Ollama, name: str) -> AsyncGenerator[Progress | Pulled, None]:
    """Download a model, and yield how far it is. Close the iterator to stop; Ollama goes on there the next time.

    Raises:
        Busy: Another download runs.
        UnknownModel: The registry has none of that name.
        OllamaAway, OllamaFailed: Ollama does not serve us.
    """
    async with (
        ollama.pulls.take(),
        ollama.told_in_words(name),
        aclosing(ollama.lines("/api/pull", {"model": name, "stream": True})) as lines,
    ):
        async for line in lines:
            try:
                progress = Progress.model_validate(line)
            except ValidationError as error:
                raise unknown_form() from error
            yield Pulled(model=full(name)) if progress.status == "success" else progress


async def events(parts: AsyncGenerator[Progress | Pulled, None]) -> AsyncGenerator[Mapping[str, Any], None]:
    """Yield `progress` events, and last `done`."""
    async with aclosing(parts):
        async for part in parts:
            if isinstance(part, Pulled):
                yield {"type": "done", **part.model_dump()}
            else:
                yield {"type": "progress", **part.model_dump(exclude_none=True)}


async def pulled(parts: AsyncGenerator[Progress | Pulled, None]) -> Pulled:
    """Wait for a download to end."""
    async with aclosing(parts):
        async for part in parts:
            if isinstance(part, Pulled):
                return part
    raise AssertionError("a download ends, or raises")


async def delete(ollama: Ollama, name: str) -> Model:
    """Delete a model and return what it was.

    Raises:
        UnknownModel: There is none of that name.
        ModelRefused: It cannot be deleted.
        OllamaAway, OllamaFailed: Ollama does not serve us.
    """
    model = await named(ollama, name)
    async with ollama.told_in_words(name):
        await ask(ollama.client, "DELETE", "/api/delete", {"model": model.name}, seconds=LIST_SECONDS)
    return model
