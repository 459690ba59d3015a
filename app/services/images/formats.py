"""The formats of pictures, and which of them this installation reads and writes."""

from enum import StrEnum
from functools import cache
from importlib.util import find_spec

from PIL import Image

PLUGIN = "pillow_jxl"
"""Teaches Pillow JPEG XL; Pillow itself knows the others."""


class Format(StrEnum):
    """Formats by their names in addresses and answers."""

    png = "png"
    jpeg = "jpeg"
    webp = "webp"
    avif = "avif"
    jxl = "jxl"
    gif = "gif"
    tiff = "tiff"

    @property
    def media_type(self) -> str:
        """As HTTP names it."""
        return f"image/{self}"


@cache
def load_plugin() -> None:
    """Teach Pillow the formats of its plugin, where that is installed."""
    if find_spec(PLUGIN) is not None:
        __import__(PLUGIN)


@cache
def available() -> dict[Format, tuple[bool, bool]]:
    """Return for each format whether it is read, and whether it is written."""
    load_plugin()
    Image.init()
    return {item: (item.upper() in Image.OPEN, item.upper() in Image.SAVE) for item in Format}
