"""Pictures from outside: what is no picture, or too much of one, is refused before it costs anything."""

import tracemalloc
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import pictures
from app.core.pictures import MOST_FRAMES, MOST_PIXELS, PictureRefused, open_picture
from tests.core.pictures import chunk, endless_gif, picture, png


@pytest.mark.parametrize("kind", pictures.FORMATS)
def test_a_picture_is_opened_and_decoded(kind: str) -> None:
    found = open_picture(picture(kind, (30, 20)))
    assert (found.format, found.size) == (kind, (30, 20))
    assert found.convert("RGB").getpixel((0, 0)) is not None


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_a_film_is_opened_on_its_first_frame(kind: str) -> None:
    found = open_picture(picture(kind, frames=3))
    assert (found.n_frames, found.tell()) == (3, 0)  # type: ignore[attr-defined] # of formats with frames


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "no picture in PNG"),
        (b"hello", "no picture in PNG"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "no picture in PNG"),
        (picture("BMP"), "no picture in PNG"),
        (picture("TIFF"), "no picture in PNG"),
        (picture("PPM"), "no picture in PNG"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 1 1\n", "no picture in PNG"),
        (png(40_000, 40_000), f"more than {MOST_PIXELS} pixels"),
        (png(10_000, 5_001), f"more than {MOST_PIXELS} pixels"),
        (png(2**31 - 1, 2**31 - 1), "more than"),
        (png(30_001, 1), "on a side"),
        (png(0, 10), "no picture|damaged"),
        (png(100, 100), "truncated or damaged"),
        (png(8, 8, more=chunk(b"zTXt", b"a\0\0not zlib")), "damaged"),
        (endless_gif(MOST_FRAMES + 1), f"more than {MOST_FRAMES} frames"),
        (endless_gif(1_000_000), f"more than {MOST_FRAMES} frames"),
    ],
    ids=range(16),
)
def test_what_is_none_or_too_much_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(PictureRefused, match=reason):
        open_picture(content)


@pytest.mark.parametrize("kind", pictures.FORMATS)
def test_a_truncated_picture_is_refused(kind: str) -> None:
    whole = picture(kind, (64, 64), frames=1)
    for share in (0.3, 0.6, 0.9):
        with pytest.raises(PictureRefused):
            open_picture(whole[: int(len(whole) * share)])


def test_many_frames_count_as_their_pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "MOST_PIXELS", 8 * 8 * 2)
    for kind in ("GIF", "WEBP", "PNG"):
        open_picture(picture(kind, frames=2))
        with pytest.raises(PictureRefused, match="frames"):
            open_picture(picture(kind, frames=3))


def test_a_bomb_takes_no_memory() -> None:
    bomb = png(60_000, 60_000, b"\0" * 1_000_000)
    tracemalloc.start()
    try:
        with pytest.raises(PictureRefused):
            open_picture(bomb)
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()


@given(st.binary(max_size=200), st.sampled_from(pictures.FORMATS), st.integers(0, 100))
def test_damage_is_refused_or_does_no_harm(noise: bytes, kind: str, at: int) -> None:
    whole = picture(kind)
    with suppress(PictureRefused):
        assert open_picture(whole[:at] + noise + whole[at + len(noise) :]).size
