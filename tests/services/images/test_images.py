"""Pictures over HTTP: made into others, told about, kept."""

from typing import Any

import numpy as np
import pytest
from PIL import ExifTags, Image

from app.services.images.formats import Format, available, load_plugin
from tests.conftest import House
from tests.core.pictures import endless_gif, png
from tests.services.images.photos import animation, decoded, encoded, photo, picture

pytestmark = pytest.mark.anyio

load_plugin()
READABLE = [item for item, (reads, _) in available().items() if reads]
"""JPEG XL is among them where the extra is installed: `make run EXTRAS=jxl`."""


@pytest.fixture
async def ann(house: House) -> dict[str, str]:
    return await house.account("ann")


async def post(house: House, path: str, who: dict[str, str], content: bytes, name: str = "a.png", **fields: Any) -> Any:
    return await house.client.post(f"/api/images/{path}", files={"file": (name, content)}, data=fields, headers=who)


async def test_anonymous_callers_see_the_formats_and_nothing_else(house: House) -> None:
    for path in ("convert", "resize", "thumbnail", "metadata", "upload"):
        assert (await post(house, path, {}, encoded(), format="png")).status_code == 401
    assert (await house.client.get("/api/images")).status_code == 401
    found = {
        item["name"]: (item["reads"], item["writes"]) for item in (await house.client.get("/api/images/formats")).json()
    }
    assert found == {str(item): (item in READABLE, item in READABLE) for item in Format}
    assert (await house.client.get("/api/images/status")).json()["formats"] == READABLE


async def test_every_format_becomes_every_other(house: House, ann: dict[str, str]) -> None:
    original = np.asarray(picture(), dtype=float)
    for source in READABLE:
        content = encoded(kind=source.upper())
        for target in READABLE:
            answer = await post(house, "convert", ann, content, format=target)
            assert (answer.status_code, answer.headers["content-type"]) == (200, f"image/{target}"), (source, target)
            made = decoded(answer.content)
            assert (str(made.format).lower(), made.size) == (target, (64, 48))
            assert np.abs(np.asarray(made.convert("RGB"), dtype=float) - original).mean() < 16, (source, target)


async def test_pictures_are_turned_upright_and_tell_nothing(house: House, ann: dict[str, str]) -> None:
    for target in READABLE:
        answer = await post(house, "convert", ann, photo(), format=target)
        made = decoded(answer.content)
        assert made.size == (48, 64)
        assert not made.getexif().get_ifd(ExifTags.IFD.GPSInfo)
        assert b"Fox" not in answer.content


BOXES: list[tuple[dict[str, Any], tuple[int, int]]] = [
    ({"width": 32}, (32, 24)),
    ({"height": 96}, (128, 96)),
    ({"width": 32, "height": 32}, (32, 24)),
    ({"width": 32, "height": 32, "fit": "cover"}, (32, 32)),
    ({"width": 10, "height": 40, "fit": "fill"}, (10, 40)),
    ({}, (64, 48)),
    ({"width": 1}, (1, 1)),
]


@pytest.mark.parametrize(("box", "size"), BOXES, ids=str)
async def test_boxes(house: House, ann: dict[str, str], box: dict[str, Any], size: tuple[int, int]) -> None:
    answer = await post(house, "resize", ann, encoded(), **box)
    assert decoded(answer.content).size == size
    assert (answer.headers["x-image-width"], answer.headers["x-image-height"]) == (str(size[0]), str(size[1]))


async def test_thumbnails_do_not_grow(house: House, ann: dict[str, str]) -> None:
    assert decoded((await post(house, "thumbnail", ann, encoded(), size=128)).content).size == (64, 48)
    assert decoded((await post(house, "thumbnail", ann, encoded(), size=16)).content).size == (16, 12)


async def test_transparency_stays_or_becomes_white(house: House, ann: dict[str, str]) -> None:
    content = encoded(Image.new("RGBA", (8, 8), (255, 0, 0, 0)))
    kept = decoded((await post(house, "convert", ann, content, format="webp")).content).convert("RGBA")
    assert kept.getpixel((4, 4))[3] == 0  # type: ignore[index] # a pixel of four
    white = decoded((await post(house, "convert", ann, content, format="jpeg")).content)
    assert white.getpixel((4, 4)) == (255, 255, 255)


async def test_metadata_with_the_place(house: House, ann: dict[str, str]) -> None:
    found = (await post(house, "metadata", ann, photo())).json()
    assert (found["format"], found["width"], found["height"], found["frames"]) == ("jpeg", 64, 48, 1)
    assert (found["exif"]["Make"], found["exif"]["Orientation"]) == ("Fox", 6)
    assert found["location"] == {"latitude": 50.9413333, "longitude": -6.96}
    assert (await post(house, "metadata", ann, animation())).json()["frames"] == 5
    assert (await post(house, "metadata", ann, encoded())).json()["location"] is None


HOSTILE = {
    "no picture": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    "nothing": b"",
    "50,000 x 50,000": png(50_000, 50_000),
    "long": png(30_001, 1),
    "truncated png": encoded(picture(640, 480))[:2000],
    "truncated jpeg": encoded(picture(640, 480), "JPEG")[:2000],
    "truncated avif": encoded(picture(640, 480), "AVIF")[:400],
    **({"truncated jxl": encoded(picture(640, 480), "JXL")[:100]} if Format.jxl in READABLE else {}),
    "animated bomb": endless_gif(100_000),
    "tiff of directories": b"II*\0\x08\0\0\0" + b"\0\0\x08\0\0\0" * 2,
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_hostile_pictures_are_refused(house: House, ann: dict[str, str], name: str) -> None:
    for path in ("metadata", "thumbnail", "upload"):
        answer = await post(house, path, ann, HOSTILE[name])
        assert (answer.status_code, answer.json()["code"]) == (422, "image_refused"), answer.text
    assert (await house.client.get("/api/images", headers=ann)).json() == []


async def test_what_is_asked_for_is_checked(house: House, ann: dict[str, str]) -> None:
    for path, fields in (
        ("convert", {"format": "bmp"}),
        ("convert", {}),
        ("resize", {"width": 0}),
        ("resize", {"width": 10_001}),
        ("resize", {"fit": "stretch"}),
        ("thumbnail", {"size": 5000}),
    ):
        answer = await post(house, path, ann, encoded(), **fields)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input"), (path, fields)


async def test_a_gallery_keeps_the_same_picture_once(house: House, ann: dict[str, str]) -> None:
    first = (await post(house, "upload", ann, photo(), "fox.jpg")).json()
    again = (await post(house, "upload", ann, photo(), "other.jpg")).json()
    assert first == again
    assert (first["name"], first["format"], first["size"]) == ("fox.jpg", "jpeg", len(photo()))
    assert first["location"]["latitude"] == 50.9413333
    listed = await house.client.get("/api/images", headers=ann)
    assert (listed.json(), listed.headers["x-total-count"]) == ([first], "1")
    path = f"/api/images/{first['id']}"
    content = await house.client.get(f"{path}/content", headers=ann)
    assert (content.content, content.headers["content-type"]) == (photo(), "image/jpeg")
    assert content.headers["x-content-type-options"] == "nosniff"
    small = await house.client.get(f"{path}/thumbnail", headers=ann)
    assert decoded(small.content).size == (48, 64)
    assert b"Fox" not in small.content
    assert (await house.client.delete(path, headers=ann)).json() == first
    assert (await house.client.get(path, headers=ann)).status_code == 404


async def test_each_sees_their_own(house: House, ann: dict[str, str]) -> None:
    bob = await house.account("bob")
    made = (await post(house, "upload", ann, photo())).json()
    for part in ("", "/content", "/thumbnail"):
        answer = await house.client.get(f"/api/images/{made['id']}{part}", headers=bob)
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_image")
    assert (await house.client.delete(f"/api/images/{made['id']}", headers=bob)).status_code == 404
    theirs = (await post(house, "upload", bob, photo())).json()
    assert theirs["id"] != made["id"]


async def test_a_full_gallery_is_told(house: House, ann: dict[str, str]) -> None:
    house.service("images")._most = 10
    answer = await post(house, "upload", ann, encoded())
    assert (answer.status_code, answer.json()["code"]) == (409, "gallery_full")


async def test_names_are_names(house: House, ann: dict[str, str]) -> None:
    for name in ("../../etc/passwd", "a\u202egnp.exe", "con.png"):
        assert (await post(house, "upload", ann, encoded(), name)).json()["code"] == "image_refused"


async def test_a_child_that_is_killed_ends_no_server(house: House, ann: dict[str, str]) -> None:
    workshop = house.service("images")._workshop
    await post(house, "metadata", ann, encoded())
    for child in workshop._children._idle:
        child.kill()
        await child.wait()
    assert (await post(house, "metadata", ann, encoded())).status_code == 200
