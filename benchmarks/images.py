"""Megapixels a second of Pillow and of libvips (pyvips): a photo of 3 megapixels made smaller, and converted.

Both work in this process on one thread, from bytes to bytes, on the same JPEG of noise and gradients; the best of
two. VIPS_CONCURRENCY=1: each child has a core for itself.

Usage: python -m benchmarks.images
"""

import os
import time
from collections.abc import Callable
from io import BytesIO

os.environ["VIPS_CONCURRENCY"] = "1"

import numpy as np
import pyvips
from PIL import Image
from rich.console import Console
from rich.table import Table

from app.services.images.formats import load_plugin
from app.services.images.work_process import make

WIDTH, HEIGHT = 2000, 1500
ROUNDS = 2
TARGETS = ("jpeg", "webp", "png", "avif", "jxl")


def photo() -> bytes:
    """Return a JPEG of 3 megapixels that is as hard to compress as a photo."""
    noise = np.random.default_rng(7).normal(0, 12, (HEIGHT // 4, WIDTH // 4, 3))
    x, y = np.meshgrid(np.linspace(0, 255, WIDTH // 4), np.linspace(0, 255, HEIGHT // 4))
    small = np.clip(np.stack([x, y, 255 - x], axis=-1) + noise, 0, 255).astype(np.uint8)
    stream = BytesIO()
    Image.fromarray(small).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC).save(stream, "JPEG", quality=90)
    return stream.getvalue()


def ours(content: bytes, width: int | None, target: str) -> Callable[[], object]:
    """Return what the child does for an order."""
    order = {"format": target, "width": width, "height": None, "fit": "contain", "enlarge": True, "quality": 80}
    return lambda: make({**order, "look": False}, content)


def vips(content: bytes, width: int | None, target: str) -> Callable[[], object]:
    """Return the same with libvips, which shrinks while it loads."""

    def work() -> object:
        whole = pyvips.Image.new_from_buffer(content, "", access="sequential")
        made = whole if width is None else pyvips.Image.thumbnail_buffer(content, width)
        return made.write_to_buffer(f".{target}", **({} if target == "png" else {"Q": 80}))

    return work


def rate(work: Callable[[], object]) -> str:
    """Return megapixels of the photo a second."""
    best = float("inf")
    for _ in range(ROUNDS):
        begun = time.process_time()
        try:
            work()
        except pyvips.Error:
            return "not available"
        best = min(best, time.process_time() - begun)
    return f"{WIDTH * HEIGHT / 1e6 / best:.1f}"


def main() -> None:
    """Measure and print."""
    load_plugin()
    content = photo()
    table = Table("work", "Pillow, Mpx/s", "libvips, Mpx/s", title="processor time of one core")
    for width, target in [(1200, "jpeg"), (256, "webp"), *((None, target) for target in TARGETS)]:
        name = f"to {target}" if width is None else f"to {width} pixels, {target}"
        table.add_row(name, rate(ours(content, width, target)), rate(vips(content, width, target)))
    Console().print(table)


if __name__ == "__main__":
    main()
