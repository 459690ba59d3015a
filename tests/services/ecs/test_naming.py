"""Names: of the form their style has, new in their world, and the same when replayed."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.services.ecs.catalogue import Spirit, Style, catalogue
from app.services.ecs.naming import ATTEMPTS, generate_name, words_for
from app.services.ecs.randomness import stream

HERE = catalogue()
FORMS = {
    "foundation": ("spirit", "suffix", "generation"),
    "exo": ("spirit", "suffix", "generation"),
    "cyberpunk": ("prefix", "spirit", "suffix"),
    "mythological": ("myth", "spirit", "suffix"),
    "scientific": ("latin", "spirit", "suffix"),
    "hybrid": ("spirit", "reference", "designation"),
}


def test_styles_have_the_forms_of_the_contract() -> None:
    assert {style.name: style.form for style in HERE.styles} == FORMS


@settings(max_examples=300)
@given(st.sampled_from(HERE.spirits), st.sampled_from(HERE.styles), st.integers(0, (1 << 63) - 1))
def test_each_part_of_a_name_is_one_of_its_words(spirit: Spirit, style: Style, seed: int) -> None:
    name = generate_name(HERE, spirit, style, stream(seed, "name"))
    parts = name.split("-")
    assert len(parts) == 3
    assert len(set(parts)) == 3
    for part, word in zip(style.form, parts, strict=True):
        assert word in words_for(HERE, spirit, style, part)
    assert name == generate_name(HERE, spirit, style, stream(seed, "name"))
    assert len(name) <= 60


def test_the_generation_in_a_name_is_one_of_the_spirits_numbers() -> None:
    fox, foundation = HERE.spirit_of["fox"], HERE.style_of["foundation"]
    names = [generate_name(HERE, fox, foundation, stream(seed, "name")) for seed in range(400)]
    assert {int(name.rpartition("-")[2]) for name in names} == {3, 7, 13, 21, 34, 55, 89}
    assert len(set(names)) > 300


def test_names_stay_unique_when_all_are_taken() -> None:
    fox, scientific = HERE.spirit_of["fox"], HERE.style_of["scientific"]
    possible = len(fox.base_names) * len(scientific.suffixes)
    taken: set[str] = set()
    for number in range(3 * possible):
        name = generate_name(HERE, fox, scientific, stream(5, "name", number), taken)
        assert name not in taken
        taken.add(name)
    plain = {name for name in taken if name.count("-") == 2}
    assert 0.95 * possible < len(plain) <= possible
    numbered = taken - plain
    assert all(re.fullmatch(r"Vulpes-[A-Za-z]+-[A-Za-z]+-\d+", name) for name in numbered)
    assert all(int(name.rpartition("-")[2]) >= 2 for name in numbered)


def test_attempts_are_bounded() -> None:
    asked: list[str] = []

    class Everything:
        def __contains__(self, name: object) -> bool:
            asked.append(str(name))
            return len(asked) < ATTEMPTS + 3

    name = generate_name(HERE, HERE.spirit_of["owl"], HERE.style_of["exo"], stream(6, "name"), Everything())
    assert len(asked) == ATTEMPTS + 3
    assert name == f"{asked[ATTEMPTS - 1]}-4"


@pytest.mark.parametrize("part", ["prefix", "myth", "reference", "designation"])
def test_components_are_told(part: str) -> None:
    words = HERE.components[part]
    assert len(set(words)) == len(words) >= 20
