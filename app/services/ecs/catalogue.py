"""Spirits, traits, styles and affinities as the files below `data` tell them: read once, checked, and never changed."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import combinations
from types import MappingProxyType
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from app.services.ecs.catalogue_schema import (
    AffinitiesFile,
    Category,
    File,
    NamingFile,
    Pairing,
    Part,
    SpiritFile,
    TraitsFile,
)
from app.services.ecs.randomness import Stream

F = TypeVar("F", bound=File)

SCALE = 10_000
"""Traits, tendencies and affinities are whole ten-thousandths: sums of them are exact in any order."""

GROUPS = ("personality", "physical", "abilities")


@dataclass(frozen=True, slots=True)
class Trait:
    """One trait; `dominance` in tenths, `weight` is how much it counts in a pair among those of its group."""

    name: str
    group: str
    description: str
    dominance: int
    pairing: Pairing
    weight: int


@dataclass(frozen=True, slots=True)
class Spirit:
    """One spirit; `number` is its place in the catalogue, `tendencies` are in the order of the traits."""

    number: int
    name: str
    category: Category
    emoji: str
    description: str
    latin: str
    base_names: tuple[str, ...]
    generation_numbers: tuple[int, ...]
    lifespan_years: int
    weight: int
    tendencies: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Style:
    """One style of names: the parts of a name in their order, and the suffixes it uses."""

    name: str
    description: str
    form: tuple[Part, ...]
    suffixes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All there is. `affinity` has a row and a column for each spirit, in ten-thousandths."""

    traits: tuple[Trait, ...]
    spirits: tuple[Spirit, ...]
    styles: tuple[Style, ...]
    components: Mapping[str, tuple[str, ...]]
    affinity: NDArray[np.int64]
    spirit_of: Mapping[str, Spirit]
    style_of: Mapping[str, Style]

    def group(self, name: str) -> slice:
        """Return where the traits of a group are.

        Raises:
            ValueError: There is no such group.
        """
        groups = [trait.group for trait in self.traits]
        return slice(groups.index(name), len(groups) - groups[::-1].index(name))

    def grouped(self, values: Sequence[int] | NDArray[np.int32]) -> dict[str, dict[str, float]]:
        """Return the traits of one agent as the wire has them: from 0 to 1, by name, by group."""
        found: dict[str, dict[str, float]] = {group: {} for group in GROUPS}
        for trait, value in zip(self.traits, values, strict=True):
            found[trait.group][trait.name] = int(value) / SCALE
        return found

    def draw_spirit(self, stream: Stream, number: int) -> Spirit:
        """Return one of the spirits that come when none is asked for, as likely as its weight."""
        return self.spirits[stream.weighted([spirit.weight for spirit in self.spirits], number)]

    def draw_style(self, stream: Stream, number: int) -> Style:
        """Return a style, each as likely as the others."""
        return stream.pick(self.styles, number)


@cache
def catalogue() -> Catalogue:
    """Return the catalogue that comes with the application; the first call takes 0.1 s."""
    return read(files("app.services.ecs") / "data")


def read(folder: Traversable) -> Catalogue:
    """Read a catalogue.

    Raises:
        ValueError: A file is not as the schema has it, or does not fit the others; it is named.
    """
    traits = _traits(parsed(folder / "traits.toml", TraitsFile))
    entries = sorted((folder / "spirits").iterdir(), key=lambda entry: entry.name)
    spirits = tuple(
        _spirit(number, parsed(entry, SpiritFile), entry.name, traits) for number, entry in enumerate(entries)
    )
    naming = parsed(folder / "naming.toml", NamingFile)
    styles = tuple(Style(name, table.description, table.form, table.suffixes) for name, table in naming.styles.items())
    return Catalogue(
        traits=traits,
        spirits=spirits,
        styles=styles,
        components=MappingProxyType(naming.components.model_dump()),
        affinity=_affinity(parsed(folder / "affinities.toml", AffinitiesFile), spirits),
        spirit_of=MappingProxyType({spirit.name: spirit for spirit in spirits}),
        style_of=MappingProxyType({style.name: style for style in styles}),
    )


def parsed(file: Traversable, kind: type[F]) -> F:
    """Read one file.

    Raises:
        ValueError: It is not as `kind` has it; the message names the file.
    """
    try:
        return kind.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise ValueError(f"{file.name}: {error}") from error


def _traits(file: TraitsFile) -> tuple[Trait, ...]:
    return tuple(
        Trait(
            name=name,
            group=group,
            description=table.description,
            dominance=round(table.dominance * 10),
            pairing=table.pairing,
            weight=table.weight,
        )
        for group in GROUPS
        for name, table in sorted(getattr(file, group).items())
    )


def _spirit(number: int, file: SpiritFile, file_name: str, traits: Sequence[Trait]) -> Spirit:
    if file_name != f"{file.name}.toml":
        raise ValueError(f"{file_name}: it describes {file.name}, and should be named for it")
    for group in GROUPS:
        wrong = {trait.name for trait in traits if trait.group == group} ^ set(getattr(file, group))
        if wrong:
            raise ValueError(f"{file_name}: {group} lacks, or has too much: {', '.join(sorted(wrong))}")
    about = file.model_dump(exclude={*GROUPS})
    tendencies = tuple(round(getattr(file, trait.group)[trait.name] * SCALE) for trait in traits)
    return Spirit(number=number, tendencies=tendencies, **about)


def _affinity(file: AffinitiesFile, spirits: Sequence[Spirit]) -> NDArray[np.int64]:
    """Return the affinities of all pairs.

    Raises:
        ValueError: A pair names nobody, or a pair of categories is missing.
    """
    named = {frozenset(pair.split()): share for pair, share in file.pairs.items()}
    known = {frozenset((one.name, other.name)) for one, other in combinations(spirits, 2)}
    if len(named) < len(file.pairs) or named.keys() - known:
        strange = [" ".join(sorted(pair)) for pair in named.keys() - known]
        raise ValueError(f"affinities.toml: pairs that are no two spirits, or are there twice: {strange}")
    between = {frozenset(pair.split()): share for pair, share in file.categories.items()}
    between |= {frozenset((spirit.category,)): file.same_category for spirit in spirits}
    affinity = np.full((len(spirits), len(spirits)), round(file.same_spirit * SCALE), dtype=np.int64)
    for one, other in combinations(spirits, 2):
        categories = frozenset((one.category, other.category))
        share = named.get(frozenset((one.name, other.name)), between.get(categories))
        if share is None:
            raise ValueError(f"affinities.toml: categories lacks {' '.join(sorted(categories))}")
        affinity[one.number, other.number] = affinity[other.number, one.number] = round(share * SCALE)
    affinity.setflags(write=False)
    return affinity
