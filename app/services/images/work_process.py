"""A child that works on pictures. What it costs is bounded, and what a picture does to it, it does to no server.

Pillow, not libvips: see `benchmarks/images.py`.
"""

from contextlib import suppress
from io import BytesIO
from typing import Any

import orjson
from PIL import ExifTags, Image, ImageOps

from app.core.bounded import serve
from app.core.pictures import PictureRefused, open_picture
from app.services.images.formats import available, load_plugin

MAX_MEMORY = 2 << 30
"""Bytes of address space: 50 megapixels are 200 MB as RGBA, and resizing holds three of them."""

SECONDS = 30
ALPHA = ("RGBA", "LA", "PA", "La", "RGBa")
OPAQUE = ("jpeg",)
"""Formats without transparency; what shines through becomes white."""

EXACT = ("png", "gif", "tiff")
"""Formats without a quality."""

PNG_LEVEL = 4
"""Of zlib: on a photo 5.8 megapixels a second, where 6 makes 1.8 and nothing smaller; 50 megapixels end in time."""

MAX_VALUE = 500
"""Characters of one value of EXIF that are told."""


def main() -> None:
    """Answer requests until the input ends."""
    load_plugin()
    serve(answer, MAX_MEMORY, SECONDS)


def answer(request: bytes) -> bytes:
    """Return the length of a head in JSON, the head, and the bytes of what was made."""
    size = int.from_bytes(request[:8])
    content = b""
    try:
        head, content = make(orjson.loads(request[8 : 8 + size]), request[8 + size :])
    except PictureRefused as error:
        head = {"error": str(error)}
    except MemoryError:
        head = {"error": "it takes more memory than a picture may"}
    except Exception as error:  # noqa: BLE001 - the edge to hostile files: decoders and encoders fail in every way
        head = {"error": f"it is damaged, or cannot be written so ({type(error).__name__})"}
    packed = orjson.dumps(head)
    return len(packed).to_bytes(8) + packed + content


def make(order: dict[str, Any], content: bytes) -> tuple[dict[str, Any], bytes]:
    """Return what there is to know, and the bytes of the picture that is ordered.

    Raises:
        PictureRefused: The picture cannot be opened.
    """
    picture = open_picture(content, tuple(item.upper() for item, (reads, _) in available().items() if reads))
    info = told(picture)
    name = str(order["format"] or info["format"])
    made = picture
    written = b""
    if not order["look"]:
        made = sized(upright(picture), order)
        written = saved(made, name, order["quality"])
    return {"format": name, "width": made.width, "height": made.height, "info": info}, written


def told(picture: Image.Image) -> dict[str, Any]:
    """Return what there is to know of a picture as it came."""
    exif = picture.getexif()
    return {
        "format": "jpeg" if picture.format == "MPO" else str(picture.format).lower(),
        "width": picture.width,
        "height": picture.height,
        "mode": picture.mode,
        "frames": getattr(picture, "n_frames", 1),
        "exif": {
            ExifTags.TAGS.get(tag, str(tag)): readable(value)
            for tag, value in {**exif, **exif.get_ifd(ExifTags.IFD.Exif)}.items()
            if tag not in (ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo, ExifTags.Base.MakerNote)
        },
        "location": location(exif.get_ifd(ExifTags.IFD.GPSInfo)),
    }


def readable(value: object) -> object:
    """Return a value of EXIF as JSON can hold it."""
    if isinstance(value, int):
        return value
    with suppress(TypeError, ValueError, ZeroDivisionError):
        if not isinstance(value, str | bytes | tuple):
            return round(float(value), 6)  # type: ignore[arg-type] # rationals
    said = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    return "".join(letter for letter in said if letter.isprintable())[:MAX_VALUE]


def location(gps: dict[int, Any]) -> dict[str, float] | None:
    """Return latitude and longitude in degrees; None where there are none that can be (Exif 3.0, 4.6.6)."""
    with suppress(KeyError, TypeError, ValueError, ZeroDivisionError, IndexError):
        found = {}
        for name, value, side, most in (("latitude", 2, 1, 90), ("longitude", 4, 3, 180)):
            degrees, minutes, seconds = (float(part) for part in gps[value])
            angle = degrees + minutes / 60 + seconds / 3600
            found[name] = round(-angle if str(gps[side]).upper() in ("S", "W") else angle, 7)
            if not -most <= found[name] <= most:
                return None
        return found
    return None


def upright(picture: Image.Image) -> Image.Image:
    """Return the first frame, turned as its EXIF says, in a mode that can be resized and written."""
    turned = ImageOps.exif_transpose(picture)
    if turned.mode in ("RGB", "RGBA", "L"):
        return turned
    transparent = turned.mode in ALPHA or "transparency" in turned.info
    return turned.convert("RGBA" if transparent else "L" if turned.mode in ("1", "I;16") else "RGB")


def sized(picture: Image.Image, order: dict[str, Any]) -> Image.Image:
    """Return the picture fitted into the box of the order."""
    if order["width"] is None and order["height"] is None:
        return picture
    width, height = order["width"], order["height"]
    if width is None:
        width = max(1, round(picture.width * height / picture.height))
    if height is None:
        height = max(1, round(picture.height * width / picture.width))
    if not order["enlarge"]:
        width, height = min(width, picture.width), min(height, picture.height)
    if order["fit"] == "cover":
        return ImageOps.fit(picture, (width, height), Image.Resampling.LANCZOS)
    if order["fit"] == "contain":
        scale = min(width / picture.width, height / picture.height)
        width, height = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    return picture.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)


def saved(picture: Image.Image, name: str, quality: int) -> bytes:
    """Return the bytes of a picture: its colours as they were meant, and nothing else that was known of it."""
    if name in OPAQUE and picture.mode == "RGBA":
        ground = Image.new("RGB", picture.size, "white")
        ground.paste(picture, mask=picture.getchannel("A"))
        ground.info = picture.info
        picture = ground
    options: dict[str, Any] = {} if name in EXACT else {"quality": quality}
    if name == "png":
        options["compress_level"] = PNG_LEVEL
    if profile := picture.info.get("icc_profile"):
        options["icc_profile"] = profile
    bare = picture.copy()
    bare.info = {}
    bare.getexif().clear()
    stream = BytesIO()
    bare.save(stream, format=name.upper(), **options)
    return stream.getvalue()


if __name__ == "__main__":
    main()
