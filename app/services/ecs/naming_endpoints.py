"""Spirits, names and traits over HTTP: what the data files hold."""

import secrets
from typing import Annotated, Any

from fastapi import Depends, Path

from app.core.access import User, reader
from app.core.errors import responses
from app.services.ecs.agents import GENDERS
from app.services.ecs.catalogue import GROUPS, Spirit, catalogue
from app.services.ecs.dependencies import EcsDep, world_router
from app.services.ecs.errors import UnknownSpirit
from app.services.ecs.life import Stage
from app.services.ecs.naming import generate_name
from app.services.ecs.randomness import stream
from app.services.ecs.schemas.agents import GroupName
from app.services.ecs.schemas.naming import NameIn, NameOut, SpiritOut, TraitOut
from app.services.ecs.society import KINDS, Outcome

router = world_router()

SpiritPath = Annotated[str, Path(max_length=40, examples=["fox"])]
UNKNOWN = responses(UnknownSpirit)


@router.get("/naming/animal-spirits", dependencies=[Depends(reader)], summary="List spirits")
async def spirits() -> dict[str, list[SpiritOut]]:
    """Return every spirit, by category."""
    found: dict[str, list[SpiritOut]] = {}
    for spirit in catalogue().spirits:
        found.setdefault(spirit.category, []).append(shown(spirit))
    return found


@router.get("/naming/animal-spirits/{spirit}", dependencies=[Depends(reader)], summary="One spirit", responses=UNKNOWN)
async def one_spirit(spirit: SpiritPath) -> SpiritOut:
    """Return a spirit with its tendencies."""
    return shown(known(spirit))


@router.get("/naming/components", dependencies=[Depends(reader)], summary="Parts of names")
async def components() -> dict[str, list[str]]:
    """Return what names are put together from."""
    styles = {f"{style.name}_suffixes": list(style.suffixes) for style in catalogue().styles}
    return {name: list(words) for name, words in catalogue().components.items()} | styles


@router.get(
    "/naming/generation-numbers/{spirit}", dependencies=[Depends(reader)], summary="Numbers in names", responses=UNKNOWN
)
async def generation_numbers(spirit: SpiritPath) -> dict[str, Any]:
    """Return the numbers that names of a spirit end with."""
    return {"spirit": spirit, "generation_numbers": list(known(spirit).generation_numbers)}


@router.get("/naming/enums", dependencies=[Depends(reader)], summary="Every word that is asked for")
async def enums() -> dict[str, list[str]]:
    """Return the values of every field that has a fixed choice."""
    return {
        "spirits": [spirit.name for spirit in catalogue().spirits],
        "styles": [style.name for style in catalogue().styles],
        "genders": list(GENDERS),
        "stages": [stage.name for stage in Stage],
        "interaction_types": [kind.name for kind in KINDS],
        "outcomes": [outcome.name for outcome in Outcome],
        "trait_groups": list(GROUPS),
    }


@router.post("/naming/generate", summary="Make a name")
async def generate(ecs: EcsDep, _: User, asked: NameIn) -> NameOut:
    """Return a name that is free now; it changes nothing in the world."""
    drawn = stream(secrets.randbits(64), "name")
    spirit = catalogue().spirit_of[asked.spirit] if asked.spirit else catalogue().draw_spirit(drawn, 0)
    style = catalogue().style_of[asked.style] if asked.style else catalogue().draw_style(drawn, 1)
    name = generate_name(catalogue(), spirit, style, stream(drawn.word(2), "words"), (await ecs.current()).names)
    return NameOut(name=name, spirit=spirit.name, style=style.name)


@router.get("/traits/{group}", dependencies=[Depends(reader)], summary="List traits")
async def traits(group: GroupName) -> list[TraitOut]:
    """Return the traits of a group, each from 0 to 1 in an agent."""
    found = catalogue().traits[catalogue().group(group)]
    return [TraitOut(name=trait.name, description=trait.description) for trait in found]


def known(name: str) -> Spirit:
    """Return a spirit.

    Raises:
        UnknownSpirit: There is none of that name.
    """
    found = catalogue().spirit_of.get(name)
    if found is None:
        raise UnknownSpirit(f"There is no spirit {name!r}; GET /api/ecs/naming/animal-spirits lists them.")
    return found


def shown(spirit: Spirit) -> SpiritOut:
    """Return a spirit as the wire has it."""
    return SpiritOut(
        name=spirit.name,
        category=spirit.category,
        emoji=spirit.emoji,
        description=spirit.description,
        latin=spirit.latin,
        base_names=list(spirit.base_names),
        generation_numbers=list(spirit.generation_numbers),
        lifespan_years=spirit.lifespan_years,
        weight=spirit.weight,
        tendencies=catalogue().grouped(spirit.tendencies),
    )
