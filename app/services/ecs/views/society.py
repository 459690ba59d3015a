"""Interactions, relationships, messages and memories as the wire has them."""

from typing import Any

import numpy as np

from app.services.ecs.memory import NO_MESSAGE, recall, words_of
from app.services.ecs.society import FRIENDS, KINDS, Outcome, standing
from app.services.ecs.state.layouts import MEMORIES
from app.services.ecs.state.table import Column, Ring
from app.services.ecs.state.world import World
from app.services.ecs.views.agents import id_of, row_of


def of_agent(ring: Ring, row: int) -> Column:
    """Return the rows of a ring in which an agent takes part, the newest first."""
    found = np.flatnonzero((ring.table["a"] == row) | (ring.table["b"] == row))
    return found[np.argsort(-ring.table["number"][found], kind="stable")]


def interactions(world: World, agent_id: str, limit: int, offset: int) -> dict[str, Any]:
    """Return the last interactions of an agent."""
    found, table = of_agent(world.meetings, row_of(world, agent_id)), world.meetings.table
    shown = [
        {
            "interaction_id": table["number"][item].item(),
            "agent1_id": id_of(world, int(table["a"][item])),
            "agent2_id": id_of(world, int(table["b"][item])),
            "interaction_type": KINDS[int(table["kind"][item])].name,
            "outcome": Outcome(int(table["outcome"][item])).name,
            "affinity_change": round(table["change"][item].item(), 6),
            "spontaneous": not table["asked"][item],
            "tick": table["tick"][item].item(),
        }
        for item in found[offset : offset + limit].tolist()
    ]
    return {"interactions": shown, "total_count": len(found)}


def messages(world: World, agent_id: str, limit: int, offset: int) -> dict[str, Any]:
    """Return the last messages of an agent."""
    found, table = of_agent(world.messages, row_of(world, agent_id)), world.messages.table
    shown = [
        {
            "message_id": table["number"][item].item(),
            "sender_id": id_of(world, int(table["a"][item])),
            "receiver_id": id_of(world, int(table["b"][item])),
            "message": table.texts["text"][item],
            "tick": table["tick"][item].item(),
        }
        for item in found[offset : offset + limit].tolist()
    ]
    return {"messages": shown, "total_count": len(found)}


def bonds_of(world: World, row: int) -> Column:
    """Return the rows of an agent's relationships, the strongest first."""
    bonds = world.bonds
    found = np.flatnonzero((bonds["a"] == row) | (bonds["b"] == row))
    strength = np.abs(bonds["affinity"][found]) + bonds["familiarity"][found]
    return found[np.argsort(-strength, kind="stable")]


def relationships(world: World, agent_id: str, limit: int, offset: int) -> dict[str, Any]:
    """Return the relationships of an agent."""
    row, bonds = row_of(world, agent_id), world.bonds
    found, shown = bonds_of(world, row), []
    for bond in found[offset : offset + limit].tolist():
        values = {name: bonds[name][bond].item() for name, _, _ in bonds.layout.numbers}
        other = values["b"] if values["a"] == row else values["a"]
        shown.append(
            {
                "agent_id": id_of(world, other),
                "name": world.people.texts["name"][other],
                "relationship": standing(values["affinity"], values["familiarity"]),
                "affinity": round(values["affinity"], 6),
                "familiarity": round(values["familiarity"], 6),
                "interactions": values["meetings"],
                "last_tick": values["last"],
            }
        )
    return {"relationships": shown, "total_relationships": len(found)}


def social_stats(world: World, agent_id: str) -> dict[str, Any]:
    """Return figures of an agent's social life."""
    row = row_of(world, agent_id)
    found = bonds_of(world, row)
    affinity = world.bonds["affinity"][found]
    outcomes = world.meetings.table["outcome"][of_agent(world.meetings, row)]
    return {
        "agent_id": agent_id,
        "total_relationships": len(found),
        "friends": int(np.count_nonzero(affinity >= FRIENDS)),
        "rivals": int(np.count_nonzero(affinity <= -FRIENDS)),
        "average_affinity": round(float(affinity.mean()), 6) if len(found) else 0.0,
        "total_interactions": int(world.bonds["meetings"][found].sum()),
        "outcomes": {outcome.name: int(np.count_nonzero(outcomes == outcome)) for outcome in Outcome},
    }


def memories(world: World, agent_id: str, query: str, limit: int) -> dict[str, Any]:
    """Return what an agent remembers; what has to do with the query comes to mind first."""
    row = row_of(world, agent_id)
    first, table = row * MEMORIES, world.memories
    kept = [item for item in range(first, first + MEMORIES) if table["importance"][item]]
    sentences = {item: sentence(world, item) for item in kept}
    shown = [
        {
            "about": id_of(world, int(table["about"][memory.row])),
            "memory": sentences[memory.row],
            "tick": table["tick"][memory.row].item(),
            "outcome": Outcome(int(table["outcome"][memory.row])).name,
            "score": round(memory.score, 4),
            "recency": round(memory.recency, 4),
            "importance": memory.importance,
            "relevance": round(memory.relevance, 4),
        }
        for memory in recall(world, words_of(query), sentences)[:limit]
    ]
    return {"agent_id": agent_id, "memories": shown}


def sentence(world: World, memory: int) -> str:
    """Return a memory in words."""
    table, texts = world.memories, world.messages.table.texts["text"]
    kind, about = KINDS[int(table["kind"][memory])], id_of(world, int(table["about"][memory]))
    went = {Outcome.good: "it went well", Outcome.neutral: "nothing came of it", Outcome.bad: "it went badly"}
    told = f"{kind.name} with {about}: {went[Outcome(int(table['outcome'][memory]))]}"
    number = int(table["message"][memory])
    if number == NO_MESSAGE or number <= world.counts.messages - world.messages.length:
        return told
    return f"{told}; {texts[world.messages.row_of(number)]}"
