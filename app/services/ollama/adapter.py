"""Ollama, as what calls it.

The official client library is what the tests drive our built-in model with. It is not used here: it bounds neither the
size of an answer nor the time of a whole one.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import ClassVar, Literal, NotRequired, TypedDict

import httpx2

from app.core.adapter import Adapter, BadAnswer, Neighbour, NeighbourError, Places, ask, ask_lines
from app.services.ollama.errors import NoModel, UnknownModel
from app.services.ollama.refusals import in_words
from app.services.ollama.settings import OllamaSettings

MAX_GREETING_BYTES = 64 * 1024
MAX_VERSION = 40
"""Characters of a version that are shown."""

START_SECONDS = 300.0
"""How long a model may load before its first word, and think between two: large ones take minutes from a slow disk."""

LIST_SECONDS = 10.0
MAX_NAMED = 10
"""Models that are named to whoever asked for one that is not there."""

PULLS = 1
"""Models that are downloaded at once: more would only share the line."""

MAX_CHAT_BYTES = 64 * 1024 * 1024
"""Of one answer: each of 32,768 tokens comes with 100 to 150 bytes around it, and a slow download tells 10 times a
second how far it is."""


class Message(TypedDict):
    """A turn of a conversation; images are in base64."""

    role: Literal["system", "user", "assistant"]
    content: str
    images: NotRequired[list[str]]


class Ollama(Adapter):
    """The adapter of Ollama.

    Attributes:
        provider: Who answers.
        most_prompt: Characters of a prompt that are read in a bearable time; None: whatever the model takes.
        settings: How much of it is used.
        places: Held by calls that may take long.
        pulls: Held by downloads.
    """

    provider: ClassVar[Literal["ollama", "built-in"]] = "ollama"
    most_prompt: ClassVar[int | None] = None

    def __init__(self, client: httpx2.AsyncClient, neighbour: Neighbour, settings: OllamaSettings) -> None:
        super().__init__(client, neighbour)
        self.settings = settings
        self.places = Places(neighbour.name, settings.max_concurrent, settings.max_waiting)
        self.pulls = Places("The download of models", PULLS, 0)

    async def greet(self, seconds: float) -> str:
        """Return the version of Ollama."""
        match await ask(self.client, "GET", "/api/version", seconds=seconds, max_bytes=MAX_GREETING_BYTES):
            case {"version": str(version)}:
                return version[:MAX_VERSION]
        raise BadAnswer("what answers there is not Ollama", 200)

    async def models(self) -> list[dict[str, object]]:
        """Return Ollama's list of models, the one that was pulled last first.

        Raises:
            NeighbourError: Ollama does not serve us.
        """
        match await ask(self.client, "GET", "/api/tags", seconds=LIST_SECONDS):
            case {"models": list(models)}:
                return [model for model in models if isinstance(model, dict) and isinstance(model.get("name"), str)]
        raise BadAnswer("Ollama sent a list of models in an unknown form", 200)

    async def chat_models(self) -> list[str]:
        """Return the names of the models that can talk, the one that was pulled last first.

        Raises:
            NeighbourError: Ollama does not serve us.
        """
        return [str(model["name"]) for model in await self.models() if talks(model)]

    async def default_model(self, *, embeds: bool = False) -> str:
        """Return the model that is asked where none is named.

        Args:
            embeds: It has to embed instead of talking; one that talks does so too, if nothing better is there.

        Raises:
            NoModel: There is none.
            OllamaAway, OllamaFailed: Ollama does not serve us.
        """
        if self.settings.default_model is not None and not embeds:
            return self.settings.default_model
        async with self.told_in_words(None):
            models = await self.models()
        fit = [str(model["name"]) for model in models if talks(model) is not embeds] or (
            [str(model["name"]) for model in models] if embeds else []
        )
        if not fit:
            wanted = "nomic-embed-text" if embeds else "llama3.2"
            raise NoModel(f"{self.neighbour.name} has no model for this: ollama pull {wanted}")
        return fit[0]

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
        async with aclosing(self.lines("/api/chat", body)) as lines:
            async for line in lines:
                match line:
                    case {"message": {"content": str(piece)}} if piece:
                        yield piece

    async def lines(self, path: str, body: object) -> AsyncGenerator[object, None]:
        """Yield the lines of an answer up to the one that is its last.

        Raises:
            NeighbourAway: Ollama does not answer, or was lost in the middle.
            BadAnswer: It refuses, stops with an error, or ends before it is done.
        """
        lines = ask_lines(
            self.client,
            path,
            body,
            pause=min(START_SECONDS, self.settings.timeout),
            seconds=self.settings.timeout,
            max_bytes=MAX_CHAT_BYTES,
        )
        async with aclosing(lines):
            async for line in lines:
                match line:
                    case {"error": _}:
                        raise BadAnswer("Ollama stopped with an error; its own log says which", 200, line)
                    case {"done": True} | {"status": "success"}:
                        yield line
                        return
                yield line
        raise BadAnswer("Ollama ended its answer before it was done", 200)

    @asynccontextmanager
    async def told_in_words(self, model: str | None) -> AsyncIterator[None]:
        """Turn what goes wrong with Ollama into an error for the caller, who asked for `model`.

        Raises:
            UnknownModel, ModelRefused, OllamaAway, OllamaFailed: See there.
        """
        try:
            yield
        except NeighbourError as error:
            known = in_words(error, model, self.neighbour)
            raise (await self.unknown(str(model)) if isinstance(known, UnknownModel) else known) from error

    async def unknown(self, name: str) -> UnknownModel:
        """Return the error that says which models there are."""
        try:
            names = [str(model["name"]) for model in await self.models()]
        except NeighbourError:
            names = []
        there = f"; there is: {', '.join(names[:MAX_NAMED])}" if names else ""
        return UnknownModel(f"There is no model {name!r}: ollama pull {name}{there}.")


def talks(model: object) -> bool:
    """Whether an entry of the list of models is one that talks: those that embed are of the family of BERT."""
    match model:
        case {"name": str(), "details": {"family": str(family)}}:
            return "bert" not in family
        case {"name": str()}:
            return True
    return False
