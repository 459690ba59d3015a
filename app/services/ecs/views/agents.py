"""Agents as the wire has them."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import numpy as np

from app.services.ecs.agents import GENDERS
from app.services.ecs.catalogue import catalogue
from app.services.ecs.errors import UnknownAgent
from app.services.ecs.life import YEAR, Stage
from app.services.ecs.state.layouts import NOBODY
from app.services.ecs.state.table import Column
from app.services.ecs.state.world import World


def row_of(world: World, agent_id: str) -> int:
    """Return the row of an agent, living or not.

    Raises:
        UnknownAgent: There is none of that id.
    """
    row = world.row_of.get(agent_id)
    if row is None:
        raise UnknownAgent(f"There is no agent {agent_id[:64]!r}; GET /api/ecs/agents lists them.")
    return row


def id_of(world: World, row: int) -> str:
    """Return the id of an agent."""
    return world.people.texts["agent_id"][row]


def spirit_of(world: World, row: int) -> str:
    """Return the name of an agent's spirit."""
    return catalogue().spirits[int(world.people["spirit"][row])].name


def agent(world: World, row: int) -> dict[str, Any]:
    """Return one agent."""
    people = {name: world.people[name][row].item() for name, _, _ in world.people.layout.numbers}
    spirit = catalogue().spirits[people["spirit"]]
    until = world.clock.tick if people["died"] == NOBODY else people["died"]
    return {
        "agent_id": id_of(world, row),
        "name": world.people.texts["name"][row],
        "spirit": spirit.name,
        "emoji": spirit.emoji,
        "style": catalogue().styles[people["style"]].name,
        "generation": people["generation"],
        "gender": GENDERS[people["gender"]],
        "active": bool(people["active"]),
        "mature": people["stage"] >= Stage.adult,
        "stage": Stage(people["stage"]).name,
        "age": round((until - people["born"]) / YEAR, 4),
        "energy": round(world.motion["energy"][row].item(), 4),
        "parents": parents(world, row),
        "inbreeding_coefficient": people["inbreeding"],
        "traits": catalogue().grouped(world.genes["traits"][row]),
        "created_at": datetime.fromtimestamp(people["created_ms"] / 1000, UTC),
    }


def parents(world: World, row: int) -> list[str]:
    """Return the ids of an agent's parents: two, or none."""
    found = (int(world.people[name][row]) for name in ("parent1", "parent2"))
    return [id_of(world, one) for one in found if one != NOBODY]


def children(world: World, row: int) -> list[str]:
    """Return the ids of an agent's children, the eldest first."""
    rows = np.flatnonzero((world.people["parent1"] == row) | (world.people["parent2"] == row))
    return [id_of(world, one) for one in rows.tolist()]


def listed(world: World, *, spirit: str | None, everybody: bool) -> Column:
    """Return the rows of those who live, or of all that ever were, in the order in which they came."""
    rows: Column = np.arange(world.people.size) if everybody else world.living
    if spirit is None:
        return rows
    known = catalogue().spirit_of.get(spirit)
    found: Column = rows[world.people["spirit"][rows] == (known.number if known else NOBODY)]
    return found


def matching(world: World, query: str, *, exact: bool) -> list[int]:
    """Return the rows of those who live and whose id, name or spirit is, or holds, the query, in whatever case."""
    wanted = query.lower()

    def texts(row: int) -> Iterator[str]:
        yield id_of(world, row).lower()
        yield world.people.texts["name"][row].lower()
        yield spirit_of(world, row)

    return [
        row for row in world.living.tolist() if any(wanted == text if exact else wanted in text for text in texts(row))
    ]
