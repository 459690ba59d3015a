"""Pairs, families and breeding over HTTP."""

import asyncio
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import Depends, Query, Response

from app.core.access import User, reader
from app.core.errors import responses
from app.core.limits import Rate, limits
from app.services.ecs.catalogue import catalogue
from app.services.ecs.commands.time import SetBreeding
from app.services.ecs.dependencies import EcsDep, Id, world_router
from app.services.ecs.errors import AgentGone, UnknownAgent
from app.services.ecs.lineage import Lineage, lineage
from app.services.ecs.lineage_svg import lineage_svg
from app.services.ecs.schemas.agents import CompatibilityOut, LineageOut, Mates
from app.services.ecs.schemas.time import BreedingIn, BreedingStats
from app.services.ecs.state.world import World
from app.services.ecs.svg import POLICY
from app.services.ecs.views import pairs, time
from app.services.ecs.views.agents import row_of
from app.services.ecs.views.family import Family

router = world_router()

UNKNOWN = responses(UnknownAgent)
SVG = "image/svg+xml"
DEEPEST = 50
"""Generations: nobody looks further, and a picture of more is none."""

Depth = Annotated[int, Query(ge=1, le=DEEPEST, description="Generations, up and down")]


@router.get(
    "/agents/{agent_id}/mates",
    dependencies=[Depends(reader)],
    summary="Who fits an agent",
    response_model=Mates,
    responses=UNKNOWN | responses(AgentGone),
)
async def mates(ecs: EcsDep, agent_id: Id, max_results: Annotated[int, Query(ge=1, le=100)] = 5) -> dict[str, Any]:
    """Return who could have offspring with an agent now and fits it best."""
    return pairs.mates(await ecs.current(), agent_id, max_results)


@router.get(
    "/agents/{agent_id}/compatibility/{other_id}",
    dependencies=[Depends(reader)],
    summary="How well two fit",
    response_model=CompatibilityOut,
    responses=UNKNOWN,
)
async def compatibility(ecs: EcsDep, agent_id: Id, other_id: Id) -> dict[str, Any]:
    """Return how well two agents fit, with the reasons in words."""
    return pairs.compatibility(await ecs.current(), agent_id, other_id)


@router.get(
    "/agents/{agent_id}/lineage",
    dependencies=[Depends(reader)],
    summary="Where an agent comes from",
    response_model=LineageOut,
    responses=UNKNOWN,
)
@limits(Rate.search)
async def get_lineage(ecs: EcsDep, agent_id: Id, depth: Depth = 3) -> dict[str, Any]:
    """Return ancestors and descendants, as lists and as a tree; founders and those who died are there as well."""
    world = await ecs.current()
    row_of(world, agent_id)
    _, found = await asyncio.to_thread(family_of, world, agent_id, depth)
    return asdict(found)


@router.get(
    "/agents/{agent_id}/lineage.svg",
    dependencies=[Depends(reader)],
    summary="A picture of a family",
    response_class=Response,
    responses=UNKNOWN | {200: {"content": {SVG: {}}, "description": "The picture"}},
)
@limits(Rate.search)
async def lineage_picture(ecs: EcsDep, agent_id: Id, depth: Depth = 3) -> Response:
    """Draw the family tree of an agent."""
    world = await ecs.current()
    row_of(world, agent_id)
    picture = await asyncio.to_thread(drawn, world, agent_id, depth)
    return Response(picture, media_type=SVG, headers={"Content-Security-Policy": POLICY})


@router.post("/breeding/enable", summary="Let agents breed unasked")
async def enable_breeding(ecs: EcsDep, caller: User, asked: BreedingIn) -> BreedingIn:
    """Let adults who are near each other and fit have offspring by themselves, up to ECS_POPULATION_LIMIT, or not."""
    result = await ecs.send(SetBreeding(enabled=asked.enabled), caller)
    return BreedingIn(enabled=result["enabled"])


@router.get("/breeding/stats", dependencies=[Depends(reader)], summary="Births", response_model=BreedingStats)
async def breeding_stats(ecs: EcsDep) -> dict[str, Any]:
    """Count births, generations, and who could breed now."""
    return time.breeding(await ecs.current())


def family_of(world: World, agent_id: str, depth: int) -> tuple[Family, Lineage]:
    """Return everybody, and the lineage of one; 10,000 descendants take 60 ms."""
    family = Family(world)
    return family, lineage(family, agent_id, depth)


def drawn(world: World, agent_id: str, depth: int) -> str:
    """Return the picture of a lineage."""
    family, found = family_of(world, agent_id, depth)
    return lineage_svg(found, family, {spirit.name: spirit.emoji for spirit in catalogue().spirits})
