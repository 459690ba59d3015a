"""The picture of a family: all who fit, nobody on top of another, safe from any name, told to those who cannot see."""

import re
from dataclasses import replace
from itertools import pairwise
from xml.etree.ElementTree import Element, fromstring

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.services.ecs.catalogue import catalogue
from app.services.ecs.lineage import MAX_DEPTH, Member, lineage
from app.services.ecs.lineage_layout import CARD, columns, spread
from app.services.ecs.lineage_svg import MAX_DRAWN, MAX_IN_ROW, lineage_svg
from app.services.ecs.svg import shortened
from tests.services.ecs.families import family, random_family

EMOJI = {spirit.name: spirit.emoji for spirit in catalogue().spirits}
SVG = "{http://www.w3.org/2000/svg}"
SIBS = family({"ann": (), "bob": (), "cat": ("ann", "bob"), "dan": ("ann", "bob"), "eve": ("cat", "dan")})


def picture(members: dict[str, Member], agent_id: str, depth: int = MAX_DEPTH) -> Element:
    return fromstring(lineage_svg(lineage(members, agent_id, depth), members, EMOJI))  # noqa: S314 - it is ours


def cards(root: Element) -> dict[str, tuple[float, float]]:
    """Return where each card is, by what it tells."""
    found = {}
    for card in root.findall(f"{SVG}g"):
        x, y = re.findall(r"[-\d.]+", card.attrib["transform"])
        found[card.findtext(f"{SVG}title", "")] = (float(x), float(y))
    return found


def texts(root: Element) -> list[str]:
    return [text.text or "" for text in root.iter(f"{SVG}text")]


def test_everybody_is_drawn_with_generation_sign_and_inbreeding() -> None:
    root = picture(SIBS, "eve")
    told = cards(root)
    assert told.keys() == {
        "Name-ann, fox, gen 1, female, founder",
        "Name-bob, fox, gen 1, female, founder",
        "Name-cat, fox, gen 2, female",
        "Name-dan, fox, gen 2, female",
        "Name-eve, fox, gen 3, female, inbreeding 25.0%",
    }
    assert [text for text in texts(root) if text.startswith("F ")] == ["F 25.0%"]
    assert texts(root).count(EMOJI["fox"]) == 5
    heights = [y for _, y in told.values()]
    assert heights == sorted(heights)
    assert len(set(heights)) == 3
    assert [rect.attrib["class"] for rect in root.iter(f"{SVG}rect") if "card" in rect.get("class", "")].count(
        "card self"
    ) == 1


def test_it_is_told_to_those_who_cannot_see_it() -> None:
    root = picture(SIBS, "eve")
    assert root.attrib["role"] == "img"
    assert root.findtext(f"{SVG}title") == "Family of Name-eve"
    told = root.findtext(f"{SVG}desc", "")
    assert "4 ancestors and 0 descendants; 5 are drawn in 3 generations" in told
    assert "Inbreeding coefficient 0.25" in told
    assert "prefers-color-scheme: dark" in (root.findtext(f"{SVG}style") or "")


def test_the_other_parent_of_a_child_is_drawn_with_it() -> None:
    members = family({"ann": (), "bob": (), "cub": ("ann", "bob")})
    assert len(cards(picture(members, "ann"))) == 3
    assert len(picture(members, "ann").findall(f"{SVG}circle")) == 1


@settings(max_examples=25)
@given(st.integers(0, 10_000), st.integers(2, 120), st.integers(0, MAX_DEPTH))
def test_no_card_lies_on_another_or_outside(seed: int, count: int, depth: int) -> None:
    members = random_family(seed, count, founders=min(12, count), reach=16)
    root = picture(members, str(count // 2), depth)
    places = sorted(cards(root).values(), key=lambda place: (place[1], place[0]))
    for (left, top), (right, bottom) in pairwise(places):
        assert bottom > top + CARD[1] or right >= left + CARD[0]
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    assert all(0 <= x <= width - CARD[0] and 0 <= y <= height - CARD[1] for x, y in places)


def test_a_large_family_is_cut_and_says_so() -> None:
    members = random_family(seed=3, count=3000, founders=200, reach=300)
    root = picture(members, "1500", 12)
    rows = [y for _, y in cards(root).values()]
    assert max(rows.count(y) for y in rows) == MAX_IN_ROW
    assert len(rows) <= MAX_DRAWN
    more = [int(count) for text in texts(root) for count in re.findall(r"^and (\d+) more$", text)]
    assert sum(more) > 100
    counted = lineage(members, "1500", 12)
    everyone = len(counted.ancestors) + len(counted.descendants) + 1
    partners = (
        {parent for relative in counted.descendants for parent in members[relative.agent_id].parents}
        - {relative.agent_id for relative in (*counted.ancestors, *counted.descendants)}
        - {"1500"}
    )
    further = [int(count) for text in texts(root) for count in re.findall(r"^and (\d+) more, further away$", text)]
    left_out = counted.ancestors_left_out + counted.descendants_left_out
    assert len(rows) + sum(more) + sum(further) == everyone + len(partners) + left_out
    assert len(lineage_svg(lineage(members, "1500", 12), members, EMOJI)) < 200_000


@pytest.mark.parametrize(
    "name",
    [
        "</text><script>alert(1)</script>",
        '"><image href="http://example.invalid"/>',
        "a\x00b\x1b[31m",
        "\ud800",
        "\u202eevil",
        "&amp;&#x27;",
        "]]>",
        "\N{FOX FACE}" * 100,
        "",
    ],
)
def test_no_name_breaks_the_picture(name: str) -> None:
    members = {agent_id: replace(member, name=name, gender=name) for agent_id, member in SIBS.items()}
    root = picture(members, "eve")
    text = lineage_svg(lineage(members, "eve", 3), members, EMOJI)
    text.encode()
    assert len(cards(root)) <= 5
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {
        *("svg", "title", "desc", "style", "rect", "path", "circle", "g", "text")
    }


@given(st.text(max_size=40), st.integers(2, 20))
def test_a_shortened_text_fits(text: str, columns: int) -> None:
    short = shortened(text, columns)
    assert len(short) <= columns
    assert short == text or text.startswith(short[:-1])


def test_a_wide_character_takes_two_columns() -> None:
    assert shortened("狐狸狐狸", 8) == "狐狸狐狸"
    assert shortened("狐狸狐狸狐", 8) == "狐狸狐\N{HORIZONTAL ELLIPSIS}"


@given(st.lists(st.floats(-1000, 1000), max_size=30))
def test_spread_places_are_apart_in_order_and_as_near_as_can_be(wanted: list[float]) -> None:
    places = spread(wanted)
    assert all(right - left >= 1 - 1e-9 for left, right in pairwise(places))
    assert sum(places) == pytest.approx(sum(wanted), abs=1e-6)  # nobody is nearer if all move together
    if all(right - left >= 1 for left, right in pairwise(wanted)):
        assert places == pytest.approx(wanted)


def test_children_stand_below_their_parents() -> None:
    place = columns([["a", "b", "c", "d"], ["x", "y"]], {"x": ("c", "d"), "y": ("a", "b")})
    assert place["y"] < place["x"]
    assert place["y"] == pytest.approx((place["a"] + place["b"]) / 2)
    assert place["x"] == pytest.approx((place["c"] + place["d"]) / 2)
