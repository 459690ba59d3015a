"""Pictures as they are sent."""

from io import BytesIO
from typing import Any

import numpy as np
from PIL import ExifTags, Image


def picture(width: int = 64, height: int = 48, mode: str = "RGB") -> Image.Image:
    """Return a picture in which every corner looks different."""
    x, y = np.meshgrid(np.linspace(0, 255, width), np.linspace(0, 255, height))
    whole = np.stack([x, y, 255 - x], axis=-1).astype(np.uint8)
    return Image.fromarray(whole).convert(mode)


def encoded(made: Image.Image | None = None, kind: str = "PNG", **options: Any) -> bytes:
    """Return the bytes of a picture."""
    stream = BytesIO()
    (made or picture()).save(stream, format=kind, **options)
    return stream.getvalue()


def photo(orientation: int = 6) -> bytes:
    """Return a JPEG that lies on its side, and tells that it was taken in Cologne by a Fox."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    exif[ExifTags.Base.Make] = "Fox"
    gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
    gps.update({1: "N", 2: (50.0, 56.0, 28.8), 3: "W", 4: (6.0, 57.0, 36.0)})
    return encoded(kind="JPEG", exif=exif)


def animation(frames: int = 5) -> bytes:
    """Return a GIF."""
    first, *others = [picture().rotate(10 * number) for number in range(frames)]
    return encoded(first, "GIF", save_all=True, append_images=others)


def decoded(content: bytes) -> Image.Image:
    """Return a picture with its pixels."""
    made = Image.open(BytesIO(content))
    made.load()
    return made
