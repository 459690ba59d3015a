"""Agents on the wire."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

GroupName = Literal["personality", "physical", "abilities"]
TraitValues = dict[str, dict[str, float]]


class AgentOut(BaseModel):
    """An agent as it is now."""

    agent_id: str = Field(examples=["rowan"])
    name: str = Field(examples=["Vulpine-Sage-13"])
    spirit: str = Field(examples=["fox"])
    emoji: str
    style: str = Field(examples=["foundation"])
    generation: int = Field(description="1 for founders, one more than the older parent's for offspring")
    gender: str
    active: bool = Field(description="It lives in the world")
    mature: bool = Field(description="It is grown")
    stage: str = Field(description="infant, juvenile, adult or elder")
    age: float = Field(description="Years of the world; one lasts a minute at speed 1")
    energy: float = Field(description="0 to 1")
    parents: list[str]
    inbreeding_coefficient: float = Field(description="Wright's, 0 to 1")
    traits: TraitValues = Field(description="0 to 1, by group")
    created_at: datetime = Field(description="By the world's own clock")


class FoundAgents(BaseModel):
    """Agents whose id, name or spirit holds what was looked for."""

    query: str
    results: list[AgentOut]
    count: int = Field(description="How many there are, also beyond the limit")


class Mate(BaseModel):
    """Somebody an agent could have offspring with."""

    agent_id: str
    name: str
    spirit: str
    generation: int
    compatibility_score: float


class Mates(BaseModel):
    """The most compatible agents that may breed with one, now, the best first."""

    agent_id: str
    compatible_mates: list[Mate]


class CompatibilityOut(BaseModel):
    """How well two agents fit, and why."""

    compatibility_score: float
    compatibility_level: str
    breeding_recommended: bool
    trait_analysis: dict[str, Any]
    kinship: float = Field(description="Wright's coefficient of kinship")
    reasons: list[str]


class LineageOut(BaseModel):
    """Where an agent comes from, and who comes from it, to a depth."""

    agent_id: str
    generation: int
    parents: list[str]
    children: list[str]
    ancestors: list[dict[str, Any]]
    descendants: list[dict[str, Any]]
    inbreeding_coefficient: float
    tree: dict[str, Any]


class MemoryOut(BaseModel):
    """A memory, and what brought it to mind: the mean of three scores from 0 to 1."""

    about: str = Field(description="The other agent")
    memory: str
    tick: int
    outcome: str
    score: float
    recency: float
    importance: float
    relevance: float


class Memories(BaseModel):
    """What an agent remembers, what comes to mind first at the beginning."""

    agent_id: str
    memories: list[MemoryOut]
