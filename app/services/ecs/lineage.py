"""Who an agent comes from, and who comes from it: lists by distance, and a tree."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

MAX_DEPTH = 50
"""Generations in one answer: a tree of it nests 100 deep, which every JSON reader takes."""

MAX_RELATIVES = 500
"""Ancestors, and descendants, that are told; the nearest come first. It makes an answer of 300 kB."""

Side = Literal["parents", "children"]


@dataclass(frozen=True, slots=True)
class Member:
    """One of a family, as the world knows it."""

    agent_id: str
    name: str
    spirit: str
    generation: int
    gender: str
    active: bool
    inbreeding: float
    parents: tuple[str, ...]
    children: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Relative:
    """A relative; `distance` is the least number of generations in between, 1 for a parent or a child."""

    agent_id: str
    name: str
    spirit: str
    generation: int
    distance: int
    relation: str


@dataclass(frozen=True, slots=True)
class Node:
    """A member in the tree. One who is there already has `again`, and neither parents nor children."""

    agent_id: str
    name: str
    spirit: str
    generation: int
    again: bool
    parents: tuple["Node", ...]
    children: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Lineage:
    """The family of one agent; what was left out is counted."""

    agent_id: str
    generation: int
    inbreeding_coefficient: float
    parents: tuple[str, ...]
    children: tuple[str, ...]
    ancestors: tuple[Relative, ...]
    descendants: tuple[Relative, ...]
    ancestors_left_out: int
    descendants_left_out: int
    tree: Node


def lineage(members: Mapping[str, Member], agent_id: str, depth: int, limit: int = MAX_RELATIVES) -> Lineage:
    """Return the family of an agent.

    Args:
        members: All who are within `depth` of it, at least; who is not there is left out.
        agent_id: Is among them.
        depth: Generations to go, up and down; 0 for the agent alone.
        limit: Ancestors, and descendants, that are told.

    Raises:
        KeyError: The agent is not among the members.
        ValueError: The depth is not in 0..MAX_DEPTH.
    """
    if not 0 <= depth <= MAX_DEPTH:
        raise ValueError(f"a lineage has 0 to {MAX_DEPTH} generations, not {depth}")
    agent = members[agent_id]
    up, down = distances(members, agent_id, "parents", depth), distances(members, agent_id, "children", depth)
    ancestors, descendants = (dict(list(found.items())[:limit]) for found in (up, down))
    return Lineage(
        agent_id=agent_id,
        generation=agent.generation,
        inbreeding_coefficient=agent.inbreeding,
        parents=agent.parents,
        children=agent.children,
        ancestors=tuple(_relatives(members, ancestors, "parent")),
        descendants=tuple(_relatives(members, descendants, "child")),
        ancestors_left_out=len(up) - len(ancestors),
        descendants_left_out=len(down) - len(descendants),
        tree=_tree(members, agent, ancestors, descendants),
    )


def distances(members: Mapping[str, Member], agent_id: str, side: Side, depth: int) -> dict[str, int]:
    """Return all who are up to `depth` generations above or below an agent, the nearest first, with their distance."""
    found: dict[str, int] = {}
    front = [agent_id]
    for distance in range(1, depth + 1):
        following = [other for known in front for other in getattr(members[known], side)]
        front = [other for other in dict.fromkeys(following) if other in members and other not in found]
        found |= dict.fromkeys(front, distance)
        if not front:
            break
    return found


def relation(kind: str, distance: int) -> str:
    """Return the word for an ancestor (`kind` is parent) or a descendant (child) at a distance from 1."""
    if distance == 1:
        return kind
    if distance <= GREATS:
        return "great-" * (distance - 2) + f"grand{kind}"
    return f"{distance - 2} times great-grand{kind}"


GREATS = 4
"""Beyond it the greats are counted."""


def _relatives(members: Mapping[str, Member], found: Mapping[str, int], kind: str) -> Iterator[Relative]:
    for agent_id, distance in found.items():
        member = members[agent_id]
        yield Relative(agent_id, member.name, member.spirit, member.generation, distance, relation(kind, distance))


def _tree(
    members: Mapping[str, Member], agent: Member, ancestors: Mapping[str, int], descendants: Mapping[str, int]
) -> Node:
    parents = _branch(members, agent.parents, "parents", ancestors, 1, set())
    children = _branch(members, agent.children, "children", descendants, 1, set())
    return Node(
        agent.agent_id, agent.name, agent.spirit, agent.generation, again=False, parents=parents, children=children
    )


def _branch(
    members: Mapping[str, Member],
    here: tuple[str, ...],
    side: Side,
    told: Mapping[str, int],
    distance: int,
    seen: set[str],
) -> tuple[Node, ...]:
    """Return the nodes of one side; each member is followed once, where it is nearest."""
    nodes = []
    for agent_id in here:
        if agent_id not in told:
            continue
        member = members[agent_id]
        again = told[agent_id] != distance or agent_id in seen
        if not again:
            seen.add(agent_id)
        further = () if again else _branch(members, getattr(member, side), side, told, distance + 1, seen)
        nodes.append(
            Node(
                agent_id,
                member.name,
                member.spirit,
                member.generation,
                again=again,
                parents=further if side == "parents" else (),
                children=further if side == "children" else (),
            )
        )
    return tuple(nodes)
