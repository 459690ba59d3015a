"""Ollama as a service."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from typing import Literal, NotRequired, TypedDict

from app.core.adapter import Adapter, BadAnswer, Neighbour, ask, ask_lines, checker, opener
from app.core.settings import Settings
from app.services.ollama.settings import OllamaSettings

MAX_GREETING_BYTES = 64 * 1024
MAX_VERSION = 40
"""Characters of a version that are shown."""


START_SECONDS = 300.0
"""How long a model may load before its first word, and think between two: large ones take minutes from a slow disk."""

MAX_CHAT_BYTES = 8 * 1024 * 1024
"""Of one answer: each word comes with 100 bytes around it."""


class Message(TypedDict):
    """A turn of a conversation; images are in base64."""

    role: Literal["system", "user", "assistant"]
    content: str
    images: NotRequired[list[str]]


class Ollama(Adapter):
    """The adapter of Ollama."""

    async def greet(self, seconds: float) -> str:
        """Return the version of Ollama."""
        match await ask(self.client, "GET", "/api/version", seconds=seconds, max_bytes=MAX_GREETING_BYTES):
            case {"version": str(version)}:
                return version[:MAX_VERSION]
        raise BadAnswer("what answers there is not Ollama", 200)

    async def chat_models(self) -> list[str]:
        """Return the names of the models that can talk, the one that was pulled last first.

        Raises:
            NeighbourError: Ollama does not serve us.
        """
        match await ask(self.client, "GET", "/api/tags"):
            case {"models": list(models)}:
                return [model["name"] for model in models if talks(model)]
        raise BadAnswer("Ollama sent a list of models in an unknown form", 200)

    async def chat(
        self, model: str, messages: Sequence[Message], options: Mapping[str, float]
    ) -> AsyncGenerator[str, None]:
        """Yield the pieces of the answer as they come; close the iterator to stop the model.

        Args:
            model: Its name.
            messages: The conversation so far.
            options: What Ollama calls options, such as `num_predict`.

        Raises:
            NeighbourAway: Ollama does not answer, or was lost in the middle.
            BadAnswer: It refuses (404: it has no such model), stops with an error, or ends before it is done.
        """
        body = {"model": model, "messages": list(messages), "options": dict(options), "stream": True}
        lines = ask_lines(self.client, "/api/chat", body, pause=START_SECONDS, max_bytes=MAX_CHAT_BYTES)
        async with aclosing(lines):
            async for line in lines:
                match line:
                    case {"error": _}:
                        raise BadAnswer("Ollama stopped with an error; its own log says which", 200)
                    case {"message": {"content": str(piece)}, **rest}:
                        if piece:
                            yield piece
                        if rest.get("done") is True:
                            return
        raise BadAnswer("Ollama ended its answer before it was done", 200)


def talks(model: object) -> bool:
    """Whether an entry of the list of models is one that talks: those that embed are of the family of BERT."""
    match model:
        case {"name": str(), "details": {"family": str(family)}}:
            return "bert" not in family
        case {"name": str()}:
            return True
    return False


def neighbour(settings: Settings) -> Neighbour:
    """Return where Ollama is."""
    mine = settings.of(OllamaSettings)
    return Neighbour("Ollama", "OLLAMA_BASE_URL", mine.base_url, configured="base_url" in mine.model_fields_set)


open_ollama = opener(Ollama, neighbour)
check_ollama = checker(Ollama, neighbour)
