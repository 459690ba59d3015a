"""What every backend gives: one vector of length 1 for each text or picture, or one sentence that says why not."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from io import BytesIO
from typing import Protocol, TypeVar, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from app.services.rag.legs.settings import LegSettings

MAX_CHARACTERS = 8_000
"""Of one text; what follows is not sent. Three times the longest chunk with its path; models read less than this."""

PROBE = "def probe(): ..."

MAX_DIMENSION = 4_000
"""The largest dimension that pgvector's HNSW index takes as halfvec."""

Vectors = NDArray[np.float32]
T = TypeVar("T")


class BackendError(Exception):
    """No vectors came; the text is one sentence for people."""


class BackendBusy(BackendError):
    """The backend is well, but others were before us for too long."""


class DimensionChanged(BackendError):
    """The model is another one now, with vectors of another length: what was made before cannot be used with it."""


class Backend(Protocol):
    """Who embeds."""

    async def embed(self, texts: Sequence[str]) -> object:
        """Return a list of lists of numbers, one for each text, as the backend gave it.

        Raises:
            BackendError: It gave none.
        """

    async def close(self) -> None:
        """Let go of connections and processes."""


@runtime_checkable
class Seeing(Protocol):
    """Who embeds pictures into the space of the texts."""

    async def see(self, pictures: Sequence[bytes]) -> object:
        """Return a list of lists of numbers, one for each picture (JPEG), as the model gave it.

        Raises:
            BackendError: It gave none.
        """


class Embedder:
    """A backend held to its promise: bounded in time and concurrency, and its answers checked."""

    def __init__(self, leg: LegSettings, backend: Backend) -> None:
        self.leg = leg
        self.dimension: int | None = None
        self._backend = backend
        self._turns = asyncio.Semaphore(leg.max_concurrent)

    async def embed(self, texts: Sequence[str], seconds: float | None = None) -> Vectors:
        """Return unit vectors, shape (texts, dimension).

        Args:
            texts: Any number; they are sent in batches. An empty one counts as a space, which no backend refuses.
            seconds: For each batch; None takes the leg's own limit.

        Raises:
            BackendBusy: Others were before us all the time.
            DimensionChanged: The vectors have another length than before; the next call goes on with that.
            BackendError: One batch failed; says why.
        """
        cut = [text[:MAX_CHARACTERS] or " " for text in texts]
        return await self._in_batches(self._backend.embed, cut, self.leg.timeout if seconds is None else seconds)

    async def probe(self) -> int:
        """Embed something harmless, of a leg that sees a picture too; return the dimension.

        Raises:
            BackendError: The backend does not answer, or has pictures and texts in different spaces.
        """
        dimension: int = (await self.embed([PROBE])).shape[1]
        if self.leg.sees:
            try:
                await self.see([probe_picture()])
            except DimensionChanged as error:
                raise BackendError(
                    f"{self.leg.name} has no common space of texts and pictures: name a CLIP model"
                ) from error
        return dimension

    async def see(self, pictures: Sequence[bytes]) -> Vectors:
        """Return unit vectors of pictures (JPEG), shape (pictures, dimension), in the space of the texts.

        Raises:
            BackendError: One batch failed, or the backend sees no pictures; says why.
        """
        if not isinstance(self._backend, Seeing):
            raise BackendError(f"{self.leg.name} sees no pictures")
        return await self._in_batches(self._backend.see, pictures, self.leg.timeout)

    async def _in_batches(
        self, ask: Callable[[Sequence[T]], Awaitable[object]], items: Sequence[T], seconds: float
    ) -> Vectors:
        size = self.leg.batch_size
        batches = [items[start : start + size] for start in range(0, len(items), size)]
        return np.concatenate(await asyncio.gather(*(self._batch(ask, batch, seconds) for batch in batches)))

    async def _batch(
        self, ask: Callable[[Sequence[T]], Awaitable[object]], items: Sequence[T], seconds: float
    ) -> Vectors:
        had_a_turn = False
        try:
            async with asyncio.timeout(seconds), self._turns:
                had_a_turn = True
                given = await ask(items)
        except TimeoutError as error:
            if not had_a_turn:
                raise BackendBusy(f"{self.leg.name} was busy for {seconds:g} s") from error
            raise BackendError(f"{self.leg.name} gave no answer within {seconds:g} s") from error
        vectors = await asyncio.to_thread(self._checked, given, len(items))
        if self.dimension is None:
            self.dimension = vectors.shape[1]
        return vectors

    def _checked(self, given: object, count: int) -> Vectors:
        """Return what was given as unit vectors.

        Raises:
            BackendError: It is not what was asked for.
        """
        try:
            vectors = np.asarray(given, dtype=np.float32)
        except (TypeError, ValueError) as error:
            raise BackendError(f"{self.leg.name} answered with something that is no list of vectors") from error
        if vectors.ndim != 2 or len(vectors) != count:
            raise BackendError(
                f"{self.leg.name} answered {count} items with {len(vectors) if vectors.ndim else 0} vectors"
            )
        dimension = vectors.shape[1]
        if not 0 < dimension <= MAX_DIMENSION:
            raise BackendError(f"{self.leg.name} has {dimension} dimensions; at most {MAX_DIMENSION} can be indexed")
        if self.dimension not in (None, dimension):
            before, self.dimension = self.dimension, dimension
            raise DimensionChanged(f"{self.leg.name} answered with {dimension} dimensions, before with {before}")
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        if not np.isfinite(lengths).all() or not lengths.all():
            raise BackendError(f"{self.leg.name} answered with a vector that has no direction")
        unit: Vectors = vectors / lengths
        return unit

    async def close(self) -> None:
        """Let go of connections and processes."""
        await self._backend.close()


def probe_picture() -> bytes:
    """Return a small grey picture (JPEG)."""
    from PIL import Image  # noqa: PLC0415 - only where there are pictures

    made = BytesIO()
    Image.new("L", (16, 16), 128).convert("RGB").save(made, "JPEG")
    return made.getvalue()
