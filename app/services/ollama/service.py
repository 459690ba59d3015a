"""Language models as a service: Ollama, or the built-in model while nobody is at Ollama's default address."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Literal

from starlette.requests import HTTPConnection

from app.core.adapter import Neighbour, checker, opener
from app.core.lifespan import state_of
from app.core.registry import Context, ServiceDisabled, ServiceNotRunning
from app.core.settings import Settings
from app.services.ollama.adapter import Message, Ollama
from app.services.ollama.builtin.model import INSTALL, model_file
from app.services.ollama.builtin.provider import open_builtin
from app.services.ollama.settings import OllamaSettings

__all__ = ["Message", "Ollama", "check_ollama", "open_ollama", "provider_of"]

OTHERS = 16
"""Requests beside the calls that `places` counts: answers, captions, lists, probes."""


def neighbour(settings: Settings) -> Neighbour:
    """Return where Ollama is."""
    mine = settings.of(OllamaSettings)
    return Neighbour(
        "Ollama",
        "OLLAMA_BASE_URL",
        mine.base_url,
        configured="base_url" in mine.model_fields_set,
        connections=mine.max_concurrent + OTHERS,
    )


@asynccontextmanager
async def open_ollama(context: Context) -> AsyncIterator[Ollama]:
    """Open Ollama; where it was not set and is not found, the built-in model, if that is installed."""
    mine = context.settings.of(OllamaSettings)
    where = neighbour(context.settings)
    async with AsyncExitStack() as stack:
        try:
            made = opener(partial(Ollama, settings=mine), neighbour)
            ollama = await stack.enter_async_context(made(context))
        except ServiceDisabled as away:
            if not mine.builtin_enabled:
                raise
            file = model_file()
            if file is None:
                raise ServiceDisabled(f"{away}; {INSTALL}") from away
            ollama = await stack.enter_async_context(open_builtin(file, mine, where, context.lost))
        yield ollama


async def check_ollama(settings: Settings) -> str:
    """Look whether there is a model that would answer; see `ServiceDefinition.check`."""
    mine = settings.of(OllamaSettings)
    try:
        return await checker(partial(Ollama, settings=mine), neighbour)(settings)
    except ServiceDisabled as away:
        if not mine.builtin_enabled:
            raise
        if model_file() is None:
            raise ServiceDisabled(f"{away}; {INSTALL}") from away
        return f"{away}; until then the built-in model answers"


def provider_of(connection: HTTPConnection) -> Literal["ollama", "built-in"] | None:
    """Return who answers; None while nobody does."""
    try:
        return state_of(connection)["registry"].get("ollama", Ollama).provider
    except ServiceNotRunning:
        return None
