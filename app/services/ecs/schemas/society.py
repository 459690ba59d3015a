"""Interactions on the wire."""

from pydantic import BaseModel, ConfigDict, Field

from app.services.ecs.commands.command import AgentId
from app.services.ecs.commands.social import KindName, Spoken


class InteractIn(BaseModel):
    """With whom, and how."""

    model_config = ConfigDict(extra="forbid")

    agent2_id: AgentId
    interaction_type: KindName = Field(default="greet", examples=["play"])


class ChatIn(BaseModel):
    """Something to say."""

    model_config = ConfigDict(extra="forbid")

    receiver_id: AgentId
    message: Spoken = Field(examples=["Have you seen the otters?"])


class Met(BaseModel):
    """What came of an interaction."""

    interaction_id: int
    agent1_id: str
    agent2_id: str
    interaction_type: str
    outcome: str = Field(description="good, neutral or bad")
    affinity_change: float
    affinity: float = Field(description="Of the two, afterwards: -1 to 1")
    relationship: str
    tick: int


class Said(Met):
    """What came of a message. An answer, if there is one, comes as a message of its own."""

    message_id: int
    message: str
    answer_follows: bool = Field(description="A model of Ollama is asked to speak for the receiver")


class InteractionOut(BaseModel):
    """An interaction that took place."""

    interaction_id: int
    agent1_id: str
    agent2_id: str
    interaction_type: str
    outcome: str
    affinity_change: float
    spontaneous: bool = Field(description="Nobody asked for it: they were near each other")
    tick: int


class Interactions(BaseModel):
    """The last interactions of an agent, the newest first; `total_count` counts those that are kept."""

    interactions: list[InteractionOut]
    total_count: int


class RelationshipOut(BaseModel):
    """What an agent has with another one."""

    agent_id: str
    name: str
    relationship: str = Field(description="friend, rival, acquaintance or stranger")
    affinity: float = Field(description="-1 to 1")
    familiarity: float = Field(description="0 to 1")
    interactions: int
    last_tick: int


class Relationships(BaseModel):
    """The relationships of an agent, the strongest first."""

    relationships: list[RelationshipOut]
    total_relationships: int


class SocialStats(BaseModel):
    """The social life of an agent."""

    agent_id: str
    total_relationships: int
    friends: int
    rivals: int
    average_affinity: float
    total_interactions: int
    outcomes: dict[str, int] = Field(description="Of the interactions that are kept")


class MessageOut(BaseModel):
    """Something an agent said to another."""

    message_id: int
    sender_id: str
    receiver_id: str
    message: str
    tick: int


class Messages(BaseModel):
    """The last messages of an agent, the newest first."""

    messages: list[MessageOut]
    total_count: int
