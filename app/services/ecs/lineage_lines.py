"""The lines of a family tree: parents meet at a point, and their children hang from it."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.services.ecs.lineage import Member
from app.services.ecs.lineage_layout import CARD

Places = Mapping[str, tuple[float, float]]
"""The middle of the upper edge of each member's card, in points."""

CORNER = 12
"""Radius of the corners of lines, in points."""

PORT = 14
"""Points between the lines of one parent to several couples."""

STRANDS = ("#d9822b", "#3d8bd4", "#6aa84f", "#a569bd", "#d65a6f", "#2aa198", "#b58900", "#7f8c9a")
"""Colours of couples' lines, in turn: each is seen on light and on dark ground."""


@dataclass(frozen=True, slots=True)
class Couple:
    """Parents that are drawn, their children, and where their lines meet."""

    parents: tuple[str, ...]
    children: tuple[str, ...]
    x: float
    y: float
    colour: str


def lines(members: Mapping[str, Member], place: Places) -> Iterator[str]:
    """Yield the lines of all couples whose children are drawn."""
    couples = _couples(members, place)
    ports = _ports(couples)
    for couple in couples:
        yield from _links(couple, place, ports)


def _couples(members: Mapping[str, Member], place: Places) -> list[Couple]:
    children: dict[tuple[str, ...], list[str]] = {}
    for agent_id in place:
        parents = tuple(sorted(parent for parent in set(members[agent_id].parents) if parent in place))
        if parents:
            children.setdefault(parents, []).append(agent_id)
    couples = []
    lanes: Counter[float] = Counter()
    for number, (parents, born) in enumerate(children.items()):
        low = max(place[parent][1] for parent in parents) + CARD[1]
        lanes[low] += 1
        y = low + 20 + (lanes[low] - 1) % 5 * 9  # couples of a row meet at five heights, so that lines tell apart
        x = sum(place[parent][0] for parent in parents) / len(parents)
        couples.append(Couple(parents, tuple(born), x, y, STRANDS[number % len(STRANDS)]))
    return couples


def _ports(couples: Sequence[Couple]) -> dict[tuple[str, Couple], float]:
    """Return how far from the middle of each parent's card its line to each couple begins."""
    ports: dict[tuple[str, Couple], float] = {}
    for parent in dict.fromkeys(parent for couple in couples for parent in couple.parents):
        own = sorted((couple for couple in couples if parent in couple.parents), key=lambda couple: couple.x)
        apart = min(PORT, (CARD[0] - PORT) / len(own))
        ports |= {(parent, couple): (number - (len(own) - 1) / 2) * apart for number, couple in enumerate(own)}
    return ports


def _links(couple: Couple, place: Places, ports: Mapping[tuple[str, Couple], float]) -> Iterator[str]:
    meet = f"{couple.x:g} {couple.y:g}"
    for parent in couple.parents:
        x, y = place[parent][0] + ports[parent, couple], place[parent][1] + CARD[1]
        turn = max(-CORNER, min(CORNER, couple.x - x))
        yield _line(
            couple, f"M{x:g} {y:g} V{couple.y - abs(turn):g} Q{x:g} {couple.y:g} {x + turn:g} {couple.y:g} L{meet}"
        )
    for child in couple.children:
        x, y = place[child]
        bend = (couple.y + y) / 2
        yield _line(couple, f"M{meet} C{couple.x:g} {bend:g} {x:g} {bend:g} {x:g} {y:g}")
    yield f'<circle cx="{couple.x:g}" cy="{couple.y:g}" r="3.4" fill="{couple.colour}"/>'


def _line(couple: Couple, path: str) -> str:
    return f'<path class="link" stroke="{couple.colour}" d="{path}"/>'
