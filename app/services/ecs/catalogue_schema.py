"""What the files below `data` must look like; a file that does not is refused when it is read."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Category = Literal[
    "canines_and_foxes",
    "big_cats",
    "aquatic",
    "birds",
    "bears_and_large_mammals",
    "insects_and_arachnids",
    "reptiles_and_amphibians",
    "primates",
    "mythical",
    "cosmic",
]

Part = Literal["spirit", "generation", "latin", "suffix", "prefix", "myth", "reference", "designation"]
"""What a name is put together from."""

Pairing = Literal["alike", "balanced", "covered"]
"""When a pair does well in a trait."""

Key = Annotated[str, StringConstraints(pattern=r"^[a-z]+(_[a-z]+)*$", max_length=40)]
Word = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Za-z]+$", max_length=20)]
"""A part of a name: a hyphen within would make the name ambiguous."""

Sentence = Annotated[str, StringConstraints(min_length=8, max_length=120)]
Share = Annotated[float, Field(ge=0, le=1)]
Words = Annotated[tuple[Word, ...], Field(min_length=5)]

Tendency = Annotated[float, Field(ge=0.05, le=0.95)]
"""The mean of a trait among founders: at 0 or 1 a spirit would have nothing left to inherit differently."""


class File(BaseModel):
    """A file, or a table of one: nothing in it is left over."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SpiritFile(File):
    """One spirit."""

    name: Key
    category: Category
    emoji: Annotated[str, StringConstraints(min_length=1, max_length=8)]
    description: Sentence
    latin: Word
    base_names: Words
    generation_numbers: Annotated[tuple[Annotated[int, Field(ge=1, le=9999)], ...], Field(min_length=7, max_length=7)]
    lifespan_years: int = Field(ge=1, le=10_000)
    weight: int = Field(default=0, ge=0, le=100)
    personality: dict[Key, Tendency]
    physical: dict[Key, Tendency]
    abilities: dict[Key, Tendency]


class TraitTable(File):
    """One trait."""

    description: Sentence
    dominance: float = Field(ge=-1, le=1, multiple_of=0.1)
    pairing: Pairing
    weight: int = Field(ge=1, le=10)


class TraitsFile(File):
    """The traits by group."""

    personality: dict[Key, TraitTable]
    physical: dict[Key, TraitTable]
    abilities: dict[Key, TraitTable]


class StyleTable(File):
    """One style of names."""

    description: Sentence
    form: Annotated[tuple[Part, ...], Field(min_length=3, max_length=3)]
    suffixes: tuple[Word, ...] = ()

    @model_validator(mode="after")
    def _has_suffixes_if_its_form_has(self) -> Self:
        if bool(self.suffixes) != ("suffix" in self.form):
            raise ValueError("a style has suffixes if, and only if, its form has one")
        return self


class ComponentsTable(File):
    """The words that styles share."""

    prefix: Words
    myth: Words
    reference: Words
    designation: tuple[Word, ...]


class NamingFile(File):
    """Styles and words."""

    styles: dict[Key, StyleTable]
    components: ComponentsTable


class AffinitiesFile(File):
    """How well spirits get on."""

    same_spirit: Share
    same_category: Share
    categories: dict[str, Share]
    pairs: dict[str, Share]
