"""Agents over HTTP: who there is, who comes and who goes."""

from typing import Annotated, Any

from fastapi import Depends, Query, Response

from app.core.access import NotAllowed, User, reader
from app.core.errors import responses
from app.services.ecs.commands.people import Breed, CreateAgent, DeleteAgent
from app.services.ecs.dependencies import EcsDep, Id, Limit, Offset, world_router
from app.services.ecs.errors import (
    AgentExists,
    AgentGone,
    NotMature,
    NotYours,
    Resting,
    SameAgent,
    TooCloselyRelated,
    TooOld,
    UnknownAgent,
    WorldFull,
)
from app.services.ecs.schemas.agents import AgentOut, FoundAgents
from app.services.ecs.views import agents as views

router = world_router()

UNKNOWN = responses(UnknownAgent)


@router.get("/agents", dependencies=[Depends(reader)], summary="List agents", response_model=list[AgentOut])
async def list_agents(
    response: Response,
    ecs: EcsDep,
    spirit: Annotated[str | None, Query(max_length=40)] = None,
    everybody: Annotated[bool, Query(description="Also those who died or left")] = False,
    limit: Limit = 50,
    offset: Offset = 0,
) -> list[dict[str, Any]]:
    """List who lives in the world, in the order in which they came; X-Total-Count has how many."""
    world = await ecs.current()
    rows = views.listed(world, spirit=spirit, everybody=everybody)
    response.headers["X-Total-Count"] = str(len(rows))
    return [views.agent(world, row) for row in rows[offset : offset + limit].tolist()]


@router.post(
    "/agents",
    summary="Make an agent",
    response_model=AgentOut,
    responses=responses(AgentExists, WorldFull),
)
async def create_agent(ecs: EcsDep, caller: User, asked: CreateAgent) -> dict[str, Any]:
    """Bring a grown founder into the world: generation 1, mature. What is left out is drawn from its spirit."""
    return await after(ecs, await ecs.send(asked, caller))


@router.get("/agents/search", dependencies=[Depends(reader)], summary="Find agents", response_model=FoundAgents)
async def search_agents(
    ecs: EcsDep,
    query: Annotated[str, Query(min_length=1, max_length=100)],
    exact_match: bool = False,
    limit: Limit = 50,
) -> dict[str, Any]:
    """Find agents by a part of their id, name or spirit."""
    world = await ecs.current()
    found = views.matching(world, query, exact=exact_match)
    return {"query": query, "results": [views.agent(world, row) for row in found[:limit]], "count": len(found)}


@router.post(
    "/agents/offspring",
    summary="Breed two agents",
    response_model=AgentOut,
    responses=UNKNOWN
    | responses(AgentGone, AgentExists, NotMature, TooOld, TooCloselyRelated, Resting, WorldFull, SameAgent),
)
async def create_offspring(ecs: EcsDep, caller: User, asked: Breed) -> dict[str, Any]:
    """Let two grown, rested, unrelated agents have an offspring, which starts as an infant."""
    return await after(ecs, await ecs.send(asked, caller))


@router.get(
    "/agents/{agent_id}",
    dependencies=[Depends(reader)],
    summary="One agent",
    response_model=AgentOut,
    responses=UNKNOWN,
)
async def get_agent(ecs: EcsDep, agent_id: Id) -> dict[str, Any]:
    """Return an agent, living or not."""
    world = await ecs.current()
    return views.agent(world, views.row_of(world, agent_id))


@router.delete(
    "/agents/{agent_id}",
    summary="Send an agent away",
    response_model=AgentOut,
    responses=UNKNOWN | responses(NotAllowed, NotYours, AgentGone),
)
async def delete_agent(ecs: EcsDep, caller: User, agent_id: Id) -> dict[str, Any]:
    """Let an agent leave the world, for the account that made it or an administrator; as an ancestor it stays."""
    return await after(ecs, await ecs.send(DeleteAgent.model_construct(agent_id=agent_id), caller))


async def after(ecs: EcsDep, result: dict[str, Any]) -> dict[str, Any]:
    """Return the agent of a result, as it is now."""
    world = await ecs.answered()
    return views.agent(world, world.row_of[result["agent_id"]])
