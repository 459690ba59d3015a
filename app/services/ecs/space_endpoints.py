"""Places over HTTP."""

import asyncio
from typing import Annotated, Any

import orjson
from fastapi import Depends, Query, Response

from app.core.access import User, reader
from app.core.errors import responses
from app.core.limits import Rate, limits
from app.services.ecs.catalogue import catalogue
from app.services.ecs.commands.motion import Move, MoveTowards
from app.services.ecs.dependencies import EcsDep, Id, Limit, world_router
from app.services.ecs.errors import AgentGone, SameAgent, UnknownAgent
from app.services.ecs.schemas.space import AgentPlace, Distance, MoveIn, MoveTowardsIn, Nearby, Positions
from app.services.ecs.space import SIDE
from app.services.ecs.svg import POLICY
from app.services.ecs.views import space as views
from app.services.ecs.world_svg import world_svg

router = world_router()

SVG = "image/svg+xml"
UNKNOWN = responses(UnknownAgent)
GONE = responses(UnknownAgent, AgentGone)

Radius = Annotated[float, Query(gt=0, le=2 * SIDE, allow_inf_nan=False, description="Units")]


@router.get("/agents/positions", dependencies=[Depends(reader)], summary="Where everybody is", response_model=Positions)
async def all_positions(ecs: EcsDep) -> Response:
    """Return the places of all who live."""
    return Response(orjson.dumps(views.positions(await ecs.current())), media_type="application/json")


@router.get(
    "/agents/{agent_id}/position",
    dependencies=[Depends(reader)],
    summary="Where an agent is",
    response_model=AgentPlace,
    responses=UNKNOWN,
)
async def get_position(ecs: EcsDep, agent_id: Id) -> dict[str, Any]:
    """Return where an agent is and where it goes."""
    return views.position(await ecs.current(), agent_id)


@router.get(
    "/agents/{agent_id}/nearby",
    dependencies=[Depends(reader)],
    summary="Who is near an agent",
    response_model=Nearby,
    responses=UNKNOWN,
)
async def nearby(ecs: EcsDep, agent_id: Id, radius: Radius = 100.0, limit: Limit = 50) -> dict[str, Any]:
    """Return who is within a radius, the nearest first."""
    return views.nearby(await ecs.current(), agent_id, radius, limit)


@router.get(
    "/agents/{agent_id}/distance/{other_id}",
    dependencies=[Depends(reader)],
    summary="How far two are apart",
    response_model=Distance,
    responses=UNKNOWN,
)
async def get_distance(ecs: EcsDep, agent_id: Id, other_id: Id) -> dict[str, Any]:
    """Return the distance between two agents."""
    return views.apart(await ecs.current(), agent_id, other_id)


@router.get(
    "/world.svg",
    dependencies=[Depends(reader)],
    summary="A picture of the world",
    response_class=Response,
    responses={200: {"content": {SVG: {}}, "description": "The picture"}},
)
@limits(Rate.search)
async def world_picture(ecs: EcsDep) -> Response:
    """Draw the world as it is now: who is where, by spirit."""
    picture = await asyncio.to_thread(world_svg, catalogue(), views.scene(await ecs.current()))
    return Response(picture, media_type=SVG, headers={"Content-Security-Policy": POLICY})


@router.post("/agents/{agent_id}/move", summary="Send an agent to a place", response_model=AgentPlace, responses=GONE)
async def move(ecs: EcsDep, caller: User, agent_id: Id, asked: MoveIn) -> dict[str, Any]:
    """Let an agent travel to a place; it takes its time, and an `arrived` event tells when it is there."""
    await ecs.send(Move.model_construct(agent_id=agent_id, x=asked.x, y=asked.y), caller)
    return views.position(await ecs.answered(), agent_id)


@router.post(
    "/agents/{agent_id}/move_towards",
    summary="Send an agent to another one",
    response_model=AgentPlace,
    responses=GONE | responses(SameAgent),
)
async def move_towards(ecs: EcsDep, caller: User, agent_id: Id, asked: MoveTowardsIn) -> dict[str, Any]:
    """Let an agent follow another one until it is near."""
    command = MoveTowards.model_construct(
        agent_id=agent_id, target_agent_id=asked.target_agent_id, distance=asked.distance
    )
    await ecs.send(command, caller)
    return views.position(await ecs.answered(), agent_id)
