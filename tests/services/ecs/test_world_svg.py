"""The picture of the world: everybody in their place, whether there are none, few or many."""

from xml.etree.ElementTree import Element, fromstring

import numpy as np
import pytest

from app.services.ecs.catalogue import catalogue
from app.services.ecs.randomness import numbers, stream
from app.services.ecs.world_svg import COLOURS, MAX_DRAWN, NAMED, SHOWN_AS_SPIRITS, Scene, world_svg

HERE = catalogue()
SVG = "{http://www.w3.org/2000/svg}"


def scene(count: int, name: str = "Name") -> Scene:
    places = stream(1, "places").uniforms(numbers(2 * count)) * 1000
    return Scene(
        tick=1234,
        side=1000.0,
        x=places[:count],
        y=places[count:],
        spirits=np.arange(count, dtype=np.int64) % len(HERE.spirits),
        grown=np.arange(count) % 5 != 0,
        names=[f"{name}-{number}" for number in range(count)],
    )


def picture(of: Scene) -> Element:
    return fromstring(world_svg(HERE, of))  # noqa: S314 - it is ours


def texts(root: Element, kind: str) -> list[str]:
    return [text.text or "" for text in root.iter(f"{SVG}text") if text.get("class") == kind]


def test_an_empty_world_says_so() -> None:
    root = picture(scene(0))
    assert texts(root, "sub") == ["Nobody lives here yet"]
    assert root.findtext(f"{SVG}title") == "The world at tick 1234"


def test_few_have_their_sign_and_their_name() -> None:
    root = picture(scene(10))
    assert len(root.findall(f"{SVG}g")) == 10
    assert {text.text for text in root.iter(f"{SVG}text")} >= {spirit.emoji for spirit in HERE.spirits[:10]}
    assert "Name-3" in texts(root, "name")
    assert texts(root, "sub") == ["10 agents, 2 of them not yet grown"]
    assert root.find(f"{SVG}g/{SVG}title").text == f"Name-0, {HERE.spirits[0].name}"  # type: ignore[union-attr]


def test_names_lie_on_no_other_name_and_stay_inside() -> None:
    crowd = scene(NAMED)
    crowd = Scene(crowd.tick, crowd.side, crowd.x / 20, crowd.y / 20, crowd.spirits, crowd.grown, crowd.names)
    labels = [text for text in picture(crowd).iter(f"{SVG}text") if text.get("class") == "name"]
    assert 0 < len(labels) < NAMED
    places = [(float(text.attrib["x"]), float(text.attrib["y"]), 3.4 * len(text.text or "")) for text in labels]
    for number, (x, y, half) in enumerate(places):
        assert x - half > 40
        assert all(abs(y - b) > 11 or abs(x - a) >= half + other - 1e-6 for a, b, other in places[:number])


def test_of_more_there_are_signs_without_names() -> None:
    root = picture(scene(NAMED + 1))
    assert texts(root, "name") == []
    assert len(root.findall(f"{SVG}g")) == NAMED + 1


def test_many_are_dots_in_the_colours_of_the_legend() -> None:
    root = picture(scene(SHOWN_AS_SPIRITS + 1))
    assert root.findall(f"{SVG}g") == []
    paths = [path for path in root.iter(f"{SVG}path") if path.get("class") == "dots"]
    assert sum(path.attrib["d"].count("h0") for path in paths) == SHOWN_AS_SPIRITS + 1
    assert {path.attrib["stroke"] for path in paths} == set(COLOURS.values())
    assert sum(int(count) for count in texts(root, "count")) == SHOWN_AS_SPIRITS + 1


def test_there_is_an_end_to_what_is_drawn() -> None:
    text = world_svg(HERE, scene(MAX_DRAWN + 7))
    assert text.count("h0") == MAX_DRAWN
    assert "7 more are not drawn" in text
    assert len(text) < 400_000


@pytest.mark.parametrize(
    ("x", "y", "at"), [(0.0, 0.0, (64, 948)), (1000.0, 1000.0, (916, 96)), (1e9, -5.0, (916, 948))]
)
def test_corners_of_the_world_are_corners_of_the_picture(x: float, y: float, at: tuple[float, float]) -> None:
    one = scene(1)
    root = picture(Scene(1, 1000.0, np.array([x]), np.array([y]), one.spirits, one.grown, one.names))
    halo = root.find(f"{SVG}g/{SVG}circle")
    assert halo is not None
    assert (float(halo.attrib["cx"]), float(halo.attrib["cy"])) == at


def test_no_name_breaks_the_picture() -> None:
    root = picture(scene(3, name='<script>"&\x00'))
    assert not list(root.iter(f"{SVG}script"))
    assert len(root.findall(f"{SVG}g")) == 3


def test_every_category_has_a_colour_of_its_own() -> None:
    assert {spirit.category for spirit in HERE.spirits} == COLOURS.keys()
    assert len(set(COLOURS.values())) == len(COLOURS)
