"""Pictures on their way in: whatever is sent becomes a small, upright JPEG, or is refused within the limits."""

import struct
import zlib
from base64 import b64decode
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from app.core.pictures import MOST_PIXELS, SIDE
from app.services.rag.documents.errors import UnreadableDocument
from app.services.rag.documents.extraction import Extractor
from app.services.rag.documents.extraction_process import answer

pytestmark = pytest.mark.anyio


def encoded(image: Image.Image, form: str, **more: Any) -> bytes:
    made = BytesIO()
    image.save(made, form, **more)
    return made.getvalue()


def kept(content: bytes) -> Image.Image:
    """Return what is kept of a picture, as the child would give it."""
    found = answer("picture", content, 0)
    assert found.get("error") is None, found
    return Image.open(BytesIO(b64decode(str(found["picture"]))))


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def bomb(width: int, height: int) -> bytes:
    """Return a PNG of a few kilobytes that unpacks to that many black pixels."""
    rows = zlib.compress(bytes((width + 1) * 16), 9)
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@settings(deadline=None, max_examples=40)
@given(
    st.sampled_from(["PNG", "JPEG", "GIF", "WEBP"]),
    st.sampled_from(["RGB", "L", "P", "1"]),
    st.integers(1, 1200),
    st.integers(1, 1200),
)
def test_any_form_and_size_becomes_a_small_jpeg_of_its_shape(form: str, mode: str, width: int, height: int) -> None:
    image = Image.new("RGB", (width, height), "navy").convert(mode)
    found = kept(encoded(image if form != "JPEG" else image.convert("RGB"), form))
    assert (found.format, found.mode) == ("JPEG", "RGB")
    assert max(found.size) <= SIDE
    if max(width, height) <= SIDE:
        assert found.size == (width, height)
    else:
        expected = [max(1.0, side * SIDE / max(width, height)) for side in (width, height)]
        assert all(abs(side - wanted) <= 1 for side, wanted in zip(found.size, expected, strict=True))


def test_what_is_transparent_is_white() -> None:
    image = Image.new("RGBA", (20, 10), (0, 0, 0, 0))
    assert kept(encoded(image, "PNG")).getpixel((10, 5)) == (255, 255, 255)


def test_a_photograph_that_lies_on_its_side_is_put_upright() -> None:
    image = Image.new("RGB", (60, 40), "white")
    exif = Image.Exif()
    exif[0x0112] = 6
    assert kept(encoded(image, "JPEG", exif=exif)).size == (40, 60)


def test_of_a_moving_picture_the_first_frame_is_kept() -> None:
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue")]
    red, _, blue = kept(encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])).getpixel((5, 5))  # type: ignore[misc]
    assert red > 200 > blue


async def test_too_many_pixels_are_told_before_they_are_unpacked() -> None:
    extractor = Extractor(1000)
    side = 20_000
    with pytest.raises(UnreadableDocument, match=f"more than {MOST_PIXELS} pixels"):
        await extractor.picture(bomb(side, side))


async def test_what_unpacks_to_the_most_that_is_allowed_is_kept() -> None:
    image = Image.new("RGB", (10_000, MOST_PIXELS // 10_000), "teal")
    content = await Extractor(1000).picture(encoded(image, "PNG"))
    assert max(Image.open(BytesIO(content)).size) == SIDE


@pytest.mark.parametrize(
    "content",
    [
        encoded(Image.new("RGB", (50, 50)), "PNG")[:60],
        b"\xff\xd8\xff" + bytes(100),
        b"RIFF\0\0\0\0WEBP",
        b"GIF89a",
    ],
    ids=["cut", "nothing", "empty", "header"],
)
async def test_a_damaged_picture_is_refused_in_words(content: bytes) -> None:
    with pytest.raises(UnreadableDocument, match=r"damaged|no picture"):
        await Extractor(1000).picture(content)


@given(
    st.sampled_from([b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF89a", b"RIFF\0\0\0\0WEBP"]), st.binary(max_size=300)
)
def test_no_bytes_break_the_child(magic: bytes, rest: bytes) -> None:
    assert set(answer("picture", magic + rest, 0)) in ({"picture"}, {"error"})
