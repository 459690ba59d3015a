"""The data files: each fits its schema, nothing is missing, nothing is there twice; and what is wrong is named."""

import shutil
from importlib.resources import files
from itertools import combinations
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from app.services.ecs.catalogue import GROUPS, SCALE, Spirit, catalogue, read
from app.services.ecs.catalogue_schema import Category
from app.services.ecs.randomness import stream

HERE = catalogue()
DATA = Path(str(files("app.services.ecs") / "data"))


def test_there_are_the_traits_of_the_contract() -> None:
    assert [len(range(44)[HERE.group(group)]) for group in GROUPS] == [16, 12, 16]
    assert len({trait.name for trait in HERE.traits}) == 44
    for group in GROUPS:
        names = [trait.name for trait in HERE.traits[HERE.group(group)]]
        assert names == sorted(names)
    with pytest.raises(ValueError, match="charm"):
        HERE.group("charm")


def test_there_are_fifty_spirits_and_more_in_every_category() -> None:
    assert len(HERE.spirits) >= 50
    by_category = {category: [s for s in HERE.spirits if s.category == category] for category in get_args(Category)}
    assert all(len(spirits) >= 5 for spirits in by_category.values())
    assert [spirit.number for spirit in HERE.spirits] == list(range(len(HERE.spirits)))


@pytest.mark.parametrize("spirit", HERE.spirits, ids=lambda spirit: spirit.name)
def test_a_spirit_is_complete(spirit: Spirit) -> None:
    assert HERE.spirit_of[spirit.name] is spirit
    assert len(spirit.tendencies) == 44
    assert all(0 < tendency < SCALE for tendency in spirit.tendencies)
    assert np.std(spirit.tendencies) > 0.1 * SCALE, "it has no character"
    assert len(set(spirit.base_names)) == len(spirit.base_names) >= 5
    assert list(spirit.generation_numbers) == sorted(set(spirit.generation_numbers))
    assert (DATA / "spirits" / f"{spirit.name}.toml").is_file()


def test_no_two_spirits_are_the_same() -> None:
    for what in ("name", "emoji", "description", "latin"):
        values = [getattr(spirit, what) for spirit in HERE.spirits]
        assert {value for value in values if values.count(value) > 1} == set(), what
    tendencies = np.array([spirit.tendencies for spirit in HERE.spirits]) / SCALE
    nearest = min(
        (np.abs(tendencies[a] - tendencies[b]).mean(), a, b) for a, b in combinations(range(len(tendencies)), 2)
    )
    assert nearest[0] > 0.04, [HERE.spirits[number].name for number in nearest[1:]]


def test_spirits_have_their_proverbial_character() -> None:
    """Each is among the highest, or the lowest, in what it is known for."""
    tendencies = np.array([spirit.tendencies for spirit in HERE.spirits])
    rank = tendencies.argsort(axis=0, kind="stable").argsort(axis=0, kind="stable") / (len(tendencies) - 1)
    column = {trait.name: number for number, trait in enumerate(HERE.traits)}
    known_for = {
        "fox": ("cunning", "curiosity", "strategist"),
        "wolf": ("loyalty", "endurance", "hunter"),
        "otter": ("playfulness", "curiosity"),
        "elephant": ("size", "empathy", "leader"),
        "cheetah": ("speed", "reflexes"),
        "owl": ("scholar", "senses", "patience"),
        "bee": ("builder", "loyalty", "communicator"),
        "turtle": ("patience", "navigator", "vitality"),
        "octopus": ("creativity", "flexibility", "inventor"),
        "dragon": ("strength", "dominance", "warrior"),
        "axolotl": ("vitality", "healer"),
    }
    for spirit, traits in known_for.items():
        assert all(rank[HERE.spirit_of[spirit].number, column[trait]] > 0.75 for trait in traits), spirit
    known_for_none = {"panda": "aggression", "snake": "playfulness", "cheetah": "endurance", "ant": "size"}
    for spirit, trait in known_for_none.items():
        assert rank[HERE.spirit_of[spirit].number, column[trait]] < 0.25, spirit


def test_the_fox_is_that_of_the_contract() -> None:
    assert HERE.spirit_of["fox"].generation_numbers == (3, 7, 13, 21, 34, 55, 89)
    assert {spirit.name: spirit.weight for spirit in HERE.spirits if spirit.weight} == {
        "fox": 40,
        "otter": 35,
        "wolf": 25,
    }


def test_spirits_that_nobody_asked_for_come_by_their_weights() -> None:
    drawn = [HERE.draw_spirit(stream(1, "spirit"), number).name for number in range(2000)]
    assert set(drawn) == {"fox", "otter", "wolf"}
    assert {HERE.draw_style(stream(1, "style"), number) for number in range(100)} == set(HERE.styles)
    assert abs(drawn.count("fox") - 800) < 4 * np.sqrt(2000 * 0.4 * 0.6)


def test_affinity_is_mutual_and_highest_with_ones_own() -> None:
    assert (HERE.affinity == HERE.affinity.T).all()
    assert HERE.affinity.min() >= 0
    assert (HERE.affinity.max(axis=1) == HERE.affinity.diagonal()).all()
    fox, otter, bee = (HERE.spirit_of[name].number for name in ("fox", "otter", "bee"))
    assert HERE.affinity[fox, otter] == 7500
    assert HERE.affinity[fox, bee] == 2500


def test_the_catalogue_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="read-only"):
        HERE.affinity[0, 0] = 1
    with pytest.raises(TypeError):
        HERE.components["myth"] = ()  # type: ignore[index]
    with pytest.raises(AttributeError):
        HERE.spirits[0].name = "nobody"  # type: ignore[misc]
    assert catalogue() is HERE


def test_traits_are_told_by_name_and_group() -> None:
    fox = HERE.grouped(HERE.spirit_of["fox"].tendencies)
    assert list(fox) == list(GROUPS)
    assert fox["personality"]["cunning"] == 0.95
    with pytest.raises(ValueError, match="shorter"):
        HERE.grouped([1, 2])


@pytest.mark.parametrize(
    ("file", "before", "after", "told"),
    [
        ("spirits/fox.toml", "cunning = 0.95", "cunning = 1.95", "fox.toml.*cunning"),
        ("spirits/fox.toml", "cunning = 0.95", "sly = 0.95", "fox.toml: personality.*cunning, sly"),
        ("spirits/fox.toml", "cunning = 0.95", "", "fox.toml: personality.*cunning"),
        ("spirits/fox.toml", 'name = "fox"', 'name = "faux"', "fox.toml.*faux"),
        ("spirits/fox.toml", "weight = 40", "wait = 40", "fox.toml.*wait"),
        ("spirits/fox.toml", '"Vixen"', '"Vixen-Two"', "fox.toml.*base_names"),
        ("spirits/fox.toml", "weight = 40", "weight = = 40", "fox.toml"),
        ("affinities.toml", '"fox otter"', '"fox yeti"', "affinities.toml.*fox yeti"),
        ("affinities.toml", '"fox otter"', '"raven fox"', "affinities.toml.*twice"),
        ("affinities.toml", '"birds cosmic" = 0.60', "", "affinities.toml: categories lacks birds cosmic"),
        ("naming.toml", '["prefix", "spirit", "suffix"]', '["prefix", "spirit", "myth"]', "naming.toml.*suffix"),
        ("traits.toml", 'pairing = "alike"', 'pairing = "both"', "traits.toml.*pairing"),
    ],
)
def test_what_is_wrong_in_a_file_is_named(tmp_path: Path, file: str, before: str, after: str, told: str) -> None:
    copy = tmp_path / "data"
    shutil.copytree(DATA, copy)
    text = (copy / file).read_text()
    assert before in text
    (copy / file).write_text(text.replace(before, after, 1))
    with pytest.raises(ValueError, match=f"(?s){told}"):
        read(copy)
