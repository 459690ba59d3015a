"""Pictures in words: a model of Ollama that sees says what is on them."""

import asyncio
from base64 import b64encode
from collections.abc import Callable
from contextlib import aclosing

from app.core.adapter import BadAnswer, NeighbourAway
from app.services.ollama.service import Message, Ollama
from app.services.rag.documents.errors import CaptionUnavailable, UnreadableDocument

MAX_PICTURE_BYTES = 20_000_000
MAX_CAPTION = 4000
"""Characters; a caption is about a paragraph."""

OPTIONS = {"num_predict": 512.0, "temperature": 0.0}
SECONDS = 300.0
AT_ONCE = 2

ORDER = (
    "Describe this picture for a search index: what it shows, its parts and how they belong together, and every word "
    "that can be read on it. Plain sentences, without an introduction."
)


class Captioner:
    """Describes pictures with `model`; `ollama` returns who runs it, or raises LookupError with the reason."""

    def __init__(self, ollama: Callable[[], Ollama], model: str | None) -> None:
        self._ollama = ollama
        self._model = model
        self._places = asyncio.Semaphore(AT_ONCE)

    @property
    def writes(self) -> bool:
        """Whether a model is set."""
        return self._model is not None

    async def describe(self, picture: bytes) -> str:
        """Return what the picture shows; a model is set.

        Raises:
            UnreadableDocument: The picture is too large, or the model cannot read it.
            CaptionUnavailable: The model cannot be asked now.
        """
        model = self._model
        assert model is not None  # noqa: S101 - tells the type checker what `writes` told the caller
        if len(picture) > MAX_PICTURE_BYTES:
            raise UnreadableDocument(
                f"The picture is larger than {MAX_PICTURE_BYTES // 1_000_000} MB: make it smaller."
            )
        message: Message = {"role": "user", "content": ORDER, "images": [b64encode(picture).decode()]}
        try:
            async with self._places, asyncio.timeout(SECONDS):
                words = await self._words(self._ollama(), model, message)
        except (LookupError, NeighbourAway, TimeoutError) as error:
            reason = str(error) or "it did not answer in time"
            raise CaptionUnavailable(f"The picture cannot be described now: {reason}.") from error
        except BadAnswer as error:
            sentence = f"{model} cannot describe the picture ({error}): it may be damaged, or the model not see."
            raise UnreadableDocument(sentence) from error
        if not words.strip():
            raise UnreadableDocument(f"{model} says nothing about the picture.")
        return words.strip()

    async def _words(self, ollama: Ollama, model: str, message: Message) -> str:
        words = ""
        async with aclosing(ollama.chat(model, [message], OPTIONS)) as pieces:
            async for piece in pieces:
                words += piece
                if len(words) > MAX_CAPTION:
                    break
        return words.replace("\0", "")[:MAX_CAPTION]
