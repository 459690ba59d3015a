"""Opening pictures that come from outside: what they cost is known before a pixel is decoded."""

import warnings
from io import BytesIO
from typing import Final

from PIL import Image, ImageOps, UnidentifiedImageError

FORMATS: Final = ("PNG", "JPEG", "GIF", "WEBP")
"""What is tried unless somebody names others. Pillow knows forty more, whose decoders are older and hardly used."""

MOST_PIXELS = 50_000_000
"""Of all frames together: 200 MB as RGBA, and 0.3 s to decode. Cameras make 12 to 48 million."""

MOST_FRAMES = 1000

LONGEST_SIDE = 30_000

SIDE = 512
"""Pixels of a small picture: CLIP models look at 224 to 336."""

QUALITY = 90
"""Of JPEG: a photograph takes 60 kB, noise 260 kB."""


class PictureRefused(ValueError):
    """Bytes that are no picture that may be opened; the text is what is wrong with it."""


def open_picture(content: bytes, formats: tuple[str, ...] = FORMATS) -> Image.Image:
    """Return the picture with its first frame decoded. Takes processor time: call it in a thread or a child.

    Raises:
        PictureRefused: It is in none of these formats, is truncated or damaged, or has too many pixels or frames.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            picture = Image.open(BytesIO(content), formats=formats)
            check_size(picture)
            check_frames(picture)
            picture.load()
        except PictureRefused:
            raise
        except UnidentifiedImageError as error:
            raise PictureRefused(f"it is no picture in {', '.join(formats)}") from error
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise PictureRefused(f"it has more than {MOST_PIXELS} pixels") from error
        except Exception as error:  # the edge to hostile files: decoders fail in every way
            raise PictureRefused("it is truncated or damaged") from error
    return picture


def check_size(picture: Image.Image) -> None:
    """Look at what the header says, before anything is decoded.

    Raises:
        PictureRefused: It is too large.
    """
    width, height = picture.size
    if width * height > MOST_PIXELS:
        raise PictureRefused(f"it has more than {MOST_PIXELS} pixels")
    if max(width, height) > LONGEST_SIDE:
        raise PictureRefused(f"it is longer than {LONGEST_SIDE} pixels on a side")


def check_frames(picture: Image.Image) -> None:
    """Count frames as far as they are allowed.

    A GIF or TIFF does not say how many it has, and looking for the end of millions takes minutes.

    Raises:
        PictureRefused: There are too many.
    """
    width, height = picture.size
    most = min(MOST_FRAMES, MOST_PIXELS // (width * height))
    if picture.format not in ("GIF", "TIFF"):
        frames = getattr(picture, "n_frames", 1)
    else:
        frames = 1
        while frames <= most:
            try:
                picture.seek(frames)
            except EOFError:
                break
            frames += 1
        picture.seek(0)
    if frames > most:
        raise PictureRefused(f"it has more than {MOST_FRAMES} frames, or {MOST_PIXELS} pixels in all of them")


def small_jpeg(content: bytes) -> bytes:
    """Return a picture as JPEG: upright, on white, `SIDE` pixels wide and high at most; of moving ones the first frame.

    Raises:
        PictureRefused: See `open_picture`.
    """
    found = open_picture(content)
    if found.mode not in ("RGB", "RGBA"):
        found = found.convert("RGBA")  # a palette cannot be made smaller by averaging
    found.thumbnail((SIDE, SIDE))
    upright = ImageOps.exif_transpose(found).convert("RGBA")
    flat = Image.new("RGB", upright.size, "white")
    flat.paste(upright, mask=upright.getchannel("A"))
    made = BytesIO()
    flat.save(made, "JPEG", quality=QUALITY)
    return made.getvalue()
