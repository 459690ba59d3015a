"""Files on their way from ComfyUI to a browser."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from urllib.parse import quote

SHOWN = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "webp": "image/webp",
    "gif": "image/gif",
    "avif": "image/avif",
    "mp4": "video/mp4",
    "webm": "video/webm",
    "wav": "audio/wav",
    "mp3": "audio/mpeg",
    "flac": "audio/flac",
    "opus": "audio/ogg",
}
"""By the end of the name. Anything else is saved, never shown: a browser would run the scripts in SVG and HTML."""


def headers_of(filename: str) -> dict[str, str]:
    """Return the headers of a file of this name; the type that ComfyUI gives is not believed."""
    media_type = SHOWN.get(filename.rpartition(".")[2].lower())
    place = "attachment" if media_type is None else "inline"
    return {
        "Content-Type": media_type or "application/octet-stream",
        "Content-Disposition": f"{place}; filename*=UTF-8''{quote(filename, safe='')}",
        "Cache-Control": "private, max-age=3600",
    }


async def opened(pieces: AsyncGenerator[bytes, None]) -> AsyncIterator[bytes]:
    """Wait for the first piece, so that a file that is not there has a status of its own; return them all."""
    try:
        first = await anext(pieces, b"")
    except BaseException:  # also when cancelled; it is passed on
        await pieces.aclose()
        raise

    async def all_of_them() -> AsyncIterator[bytes]:
        async with aclosing(pieces):
            yield first
            async for piece in pieces:
                yield piece

    return all_of_them()
