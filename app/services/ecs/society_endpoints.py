"""Interactions over HTTP."""

from typing import Annotated, Any

from fastapi import Depends, Query

from app.core.access import User, reader
from app.core.errors import responses
from app.services.ecs.commands.social import Chat, Interact
from app.services.ecs.dependencies import EcsDep, Id, Limit, Offset, world_router
from app.services.ecs.errors import AgentGone, SameAgent, UnknownAgent
from app.services.ecs.schemas.agents import Memories
from app.services.ecs.schemas.society import (
    ChatIn,
    InteractIn,
    Interactions,
    Messages,
    Met,
    Relationships,
    Said,
    SocialStats,
)
from app.services.ecs.views import society as views

router = world_router()

UNKNOWN = responses(UnknownAgent)
PAIR = responses(UnknownAgent, AgentGone, SameAgent)


@router.post("/agents/{agent_id}/interact", summary="Let two interact", responses=PAIR)
async def interact(ecs: EcsDep, caller: User, agent_id: Id, asked: InteractIn) -> Met:
    """Let two agents interact. It may go well or badly, by their traits, their relationship, and chance."""
    command = Interact.model_construct(agent_id=agent_id, **asked.model_dump())
    result = await ecs.send(command, caller)
    return Met(
        agent1_id=agent_id, agent2_id=asked.agent2_id, interaction_type=asked.interaction_type,
        **{name: result[name] for name in MET},
    )  # fmt: skip


MET = ("interaction_id", "outcome", "affinity_change", "affinity", "relationship", "tick")


@router.post("/agents/{agent_id}/chat", summary="Say something", responses=PAIR)
async def chat(ecs: EcsDep, caller: User, agent_id: Id, asked: ChatIn) -> Said:
    """Let an agent say something to another, which both remember.

    Where Ollama runs, a model speaks for the receiver: its answer comes as a message of its own a moment later.
    """
    command = Chat.model_construct(agent_id=agent_id, **asked.model_dump())
    result = await ecs.send(command, caller)
    return Said(
        agent1_id=agent_id, agent2_id=asked.receiver_id, interaction_type="chat", message=asked.message,
        message_id=result["message_id"], answer_follows=ecs.replies.offer(command, caller),
        **{name: result[name] for name in MET},
    )  # fmt: skip


@router.get(
    "/agents/{agent_id}/interactions",
    dependencies=[Depends(reader)],
    summary="What an agent did with others",
    response_model=Interactions,
    responses=UNKNOWN,
)
async def interactions(ecs: EcsDep, agent_id: Id, limit: Limit = 50, offset: Offset = 0) -> dict[str, Any]:
    """Return the last interactions of an agent, also those that nobody asked for."""
    return views.interactions(await ecs.current(), agent_id, limit, offset)


@router.get(
    "/agents/{agent_id}/messages",
    dependencies=[Depends(reader)],
    summary="What an agent said and heard",
    response_model=Messages,
    responses=UNKNOWN,
)
async def messages(ecs: EcsDep, agent_id: Id, limit: Limit = 50, offset: Offset = 0) -> dict[str, Any]:
    """Return the last messages from and to an agent."""
    return views.messages(await ecs.current(), agent_id, limit, offset)


@router.get(
    "/agents/{agent_id}/relationships",
    dependencies=[Depends(reader)],
    summary="Whom an agent knows",
    response_model=Relationships,
    responses=UNKNOWN,
)
async def relationships(ecs: EcsDep, agent_id: Id, limit: Limit = 50, offset: Offset = 0) -> dict[str, Any]:
    """Return the relationships of an agent; they grow with good interactions and fade with time."""
    return views.relationships(await ecs.current(), agent_id, limit, offset)


@router.get(
    "/agents/{agent_id}/social_stats",
    dependencies=[Depends(reader)],
    summary="The social life of an agent",
    response_model=SocialStats,
    responses=UNKNOWN,
)
async def social_stats(ecs: EcsDep, agent_id: Id) -> dict[str, Any]:
    """Return figures of an agent's social life."""
    return views.social_stats(await ecs.current(), agent_id)


@router.get(
    "/agents/{agent_id}/memories",
    dependencies=[Depends(reader)],
    summary="What an agent remembers",
    response_model=Memories,
    responses=UNKNOWN,
)
async def memories(
    ecs: EcsDep,
    agent_id: Id,
    query: Annotated[str, Query(max_length=200, description="What to think of; empty for anything")] = "",
    limit: Annotated[int, Query(ge=1, le=16)] = 16,
) -> dict[str, Any]:
    """Return what comes to an agent's mind: by recency, importance, and relevance to the query."""
    return views.memories(await ecs.current(), agent_id, query, limit)
