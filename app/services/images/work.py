"""Work on pictures, as it is asked of the children."""

from dataclasses import asdict, dataclass
from typing import Any

import orjson

from app.core.bounded import ChildFailed, Children
from app.services.images.errors import ImageRefused

MODULE = "app.services.images.work_process"
SECONDS = 30.0
"""For one picture: 50 megapixels take 14 s of a core as AVIF and 21 s as JPEG XL, the slowest."""

MAX_ANSWER = 400_000_000
"""Bytes: 50 megapixels of noise as TIFF take 200 MB."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be made of a picture.

    Attributes:
        format: What is written; None for the format it has.
        width, height: Of the box it is fitted into, in pixels; without both it keeps its size.
        fit: `contain` it whole, `cover` the box and cut, or `fill` it, whatever becomes of its proportions.
        enlarge: It may become larger than it was.
        quality: 1 to 100, of formats that lose something.
        look: Only tell what there is to know; make nothing.
    """

    format: str | None = None
    width: int | None = None
    height: int | None = None
    fit: str = "contain"
    enlarge: bool = True
    quality: int = 80
    look: bool = False


@dataclass(frozen=True, slots=True)
class Made:
    """What was made of a picture, and what there is to know of it; `info` is about the picture as it came."""

    format: str
    width: int
    height: int
    content: bytes
    info: dict[str, Any]


class Workshop:
    """Works on pictures in children."""

    def __init__(self, workers: int) -> None:
        self._children = Children(MODULE, size=workers, seconds=SECONDS, most_bytes=MAX_ANSWER)

    async def make(self, content: bytes, order: Order) -> Made:
        """Do what is ordered.

        Raises:
            ImageRefused: The picture cannot be read, or costs more than it may.
        """
        head = orjson.dumps(asdict(order))
        try:
            answer = await self._children.ask(len(head).to_bytes(8) + head + content)
        except ChildFailed as error:
            raise ImageRefused("The picture takes more time or memory than a picture may.") from error
        size = int.from_bytes(answer[:8])
        found = orjson.loads(answer[8 : 8 + size])
        if "error" in found:
            raise ImageRefused(f"The picture cannot be used: {found['error']}.")
        return Made(content=answer[8 + size :], **found)

    async def aclose(self) -> None:
        """End the children."""
        await self._children.aclose()
