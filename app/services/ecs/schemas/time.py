"""The world's time and rules on the wire."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class WorldStatus(BaseModel):
    """How the world is. `status` is `stopped` while no engine runs it; it can be read all the same."""

    status: Literal["running", "paused", "stopped"]
    agent_count: int = Field(description="Agents that live")
    mature_agents: int
    entity_count: int = Field(description="Agents that ever were, and relationships")
    system_count: int
    tick: int
    speed: float = Field(description="As it was asked for")
    real_speed: float = Field(description="As the engine measured it over the last seconds")
    tick_ms: float = Field(description="What a tick takes")
    paused: bool
    seed: str = Field(description="As text: it is a 64-bit number")
    inputs: int = Field(description="In the log")
    population_limit: int
    breeding_enabled: bool
    death_by_age: bool


class TimeOut(BaseModel):
    """The world's time."""

    tick: int
    seconds: float = Field(description="Of simulated time: ten ticks each")
    years: float
    speed: float
    real_speed: float
    paused: bool
    owed_ticks: int = Field(description="Ticks that were asked for and did not pass yet")


class BreedingIn(BaseModel):
    """Whether agents have offspring unasked."""

    model_config = ConfigDict(extra="forbid")

    enabled: bool


class BreedingStats(BaseModel):
    """Births and what bounds them."""

    enabled: bool
    total_agents: int
    mature_agents: int
    ready_agents: int = Field(description="Adults that are rested")
    total_births: int
    total_deaths: int
    highest_generation: int
    average_inbreeding: float
    population_limit: int


class Statistics(BaseModel):
    """The world over time: samples from its beginning, ever further apart, at most 512."""

    every_ticks: int
    samples: list[dict[str, Any]]
    now: dict[str, Any] = Field(description="Those who live: by generation and spirit, traits, diversity of genes")


class LoggedOut(BaseModel):
    """An input of the log; `tick` and `result` are null until it was applied."""

    model_config = ConfigDict(from_attributes=True)

    number: int
    tick: int | None
    kind: str
    payload: dict[str, Any]
    result: dict[str, Any] | None
    withdrawn: bool
    created_at: datetime


class ReplayReport(BaseModel):
    """What playing the log again gave."""

    identical: bool
    tick: int
    inputs: int
    hash: str = Field(description="SHA-256 of the saved state")
    replayed_hash: str
    seconds: float
