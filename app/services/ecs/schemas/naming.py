"""Spirits and names on the wire."""

from pydantic import BaseModel, ConfigDict, Field

from app.services.ecs.commands.people import SpiritName, StyleName


class SpiritOut(BaseModel):
    """A spirit. `weight` is how often it comes when none is asked for."""

    name: str = Field(examples=["fox"])
    category: str
    emoji: str
    description: str
    latin: str
    base_names: list[str]
    generation_numbers: list[int]
    lifespan_years: int
    weight: int
    tendencies: dict[str, dict[str, float]] = Field(description="Means of its founders' traits")


class NameIn(BaseModel):
    """What kind of name."""

    model_config = ConfigDict(extra="forbid")

    spirit: SpiritName | None = Field(default=None, examples=["fox"])
    style: StyleName | None = Field(default=None, examples=["foundation"])


class NameOut(BaseModel):
    """A name nobody in the world has."""

    name: str = Field(examples=["Vulpine-Sage-13"])
    spirit: str
    style: str


class TraitOut(BaseModel):
    """A trait."""

    name: str
    description: str
