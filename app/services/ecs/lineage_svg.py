"""A family as a picture: founders above, each generation in its row, couples joined above their children."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from app.services.ecs.lineage import Lineage, Member
from app.services.ecs.lineage_layout import CARD, MARGIN, STEP, columns
from app.services.ecs.lineage_lines import lines
from app.services.ecs.svg import document, escaped, shortened

MAX_DRAWN = 150
"""Members in a picture, the nearest first: about 100 kB."""

MAX_IN_ROW = 12
"""Members of one generation: a row of 2,800 points, which still can be read on a wide screen."""

NAME_COLUMNS = 18
ABOUT_COLUMNS = 24
HEAD_COLUMNS = 36
LEAST_WIDTH = 520
"""In points: the head fits."""

DOT = " \N{MIDDLE DOT} "

STYLE = """
.card { fill: var(--card); stroke: var(--line); stroke-width: 1.2 }
.founder { stroke-dasharray: 5 3; stroke: var(--muted) }
.self { stroke: var(--accent); stroke-width: 2.6; fill: var(--soft); stroke-dasharray: none }
.gone text { opacity: .45 }
.name { font-size: 13px; font-weight: 600 }
.about { font-size: 11px; fill: var(--muted) }
.emoji { font-size: 24px }
.inbred { font-size: 10px; font-weight: 700; fill: var(--card) }
.badge { fill: var(--accent) }
.link { fill: none; stroke-width: 1.8; stroke-opacity: .8 }
.more { font-size: 12px; font-style: italic; fill: var(--muted) }
.head { font-size: 18px; font-weight: 700 }
"""


def lineage_svg(lineage: Lineage, members: Mapping[str, Member], emoji: Mapping[str, str]) -> str:
    """Return the picture of a lineage.

    Args:
        lineage: Of whom.
        members: All of them, and the other parents of descendants, as far as they are known.
        emoji: The sign of each spirit.
    """
    agent = members[lineage.agent_id]
    rows, left_out = _rows(lineage, members)
    column = columns(rows, {agent_id: members[agent_id].parents for row in rows for agent_id in row})
    place = {
        agent_id: (MARGIN + CARD[0] / 2 + column[agent_id] * STEP[0], 2 * MARGIN + number * STEP[1])
        for number, row in enumerate(rows)
        for agent_id in row
    }
    body = [
        f'<text class="head" x="{MARGIN}" y="40">{escaped(shortened(f"Family of {agent.name}", HEAD_COLUMNS))}</text>',
        *lines(members, place),
        *(_card(members[agent_id], at, emoji, agent_id == agent.agent_id) for agent_id, at in place.items()),
        *_more(rows, members, left_out, place),
    ]
    further = lineage.ancestors_left_out + lineage.descendants_left_out + _in_no_row(rows, members, left_out)
    width = max(x for x, _ in place.values()) + CARD[0] / 2 + MARGIN + (70 if left_out else 0)
    height = 2 * MARGIN + (len(rows) - 1) * STEP[1] + CARD[1] + MARGIN
    if further:
        body.append(f'<text class="more" x="{MARGIN}" y="{height - 16}">and {further} more, further away</text>')
    return document(
        max(width, LEAST_WIDTH), height, f"Family of {agent.name}", _told(lineage, agent, rows), STYLE, "\n".join(body)
    )


def _rows(lineage: Lineage, members: Mapping[str, Member]) -> tuple[list[list[str]], Counter[int]]:
    """Return who is drawn, a generation in each row, and how many of each generation are not."""
    relatives = sorted(chain(lineage.ancestors, lineage.descendants), key=lambda relative: relative.distance)
    family = [lineage.agent_id, *(relative.agent_id for relative in relatives)]
    descending = [lineage.agent_id, *(relative.agent_id for relative in lineage.descendants)]
    partners = [parent for other in descending[1:] for parent in members[other].parents if parent in members]
    rows: dict[int, list[str]] = {}
    left_out: Counter[int] = Counter()
    for number, agent_id in enumerate(dict.fromkeys((*family, *partners))):
        generation = members[agent_id].generation
        row = rows.setdefault(generation, [])
        if number < MAX_DRAWN and len(row) < MAX_IN_ROW:
            row.append(agent_id)
        else:
            left_out[generation] += 1
    return [rows[generation] for generation in sorted(rows) if rows[generation]], left_out


def _card(member: Member, at: tuple[float, float], emoji: Mapping[str, str], is_self: bool) -> str:
    left, top = at[0] - CARD[0] / 2, at[1]
    classes = f"card{'' if member.parents else ' founder'}{' self' if is_self else ''}"
    about = [f"gen {member.generation}", member.gender, *(["founder"] if not member.parents else [])]
    inbred = f"{member.inbreeding:.1%}" if member.inbreeding else ""
    whole = f"{member.name}, {member.spirit}, {', '.join(about)}" + (f", inbreeding {inbred}" if inbred else "")
    parts = [
        f'<g class="{"gone" if not member.active else "here"}" transform="translate({left:g} {top:g})">',
        f"<title>{escaped(whole)}</title>",
        f'<rect class="{classes}" width="{CARD[0]}" height="{CARD[1]}" rx="10"/>',
        f'<text class="emoji" x="25" y="38" text-anchor="middle">{escaped(emoji.get(member.spirit, ""))}</text>',
        f'<text class="name" x="46" y="25">{escaped(shortened(member.name, NAME_COLUMNS))}</text>',
        f'<text class="about" x="46" y="43">{escaped(shortened(DOT.join(about), ABOUT_COLUMNS))}</text>',
    ]
    if inbred:
        parts.append(f'<rect class="badge" x="{CARD[0] - 58}" y="-8" width="54" height="16" rx="8"/>')
        parts.append(f'<text class="inbred" x="{CARD[0] - 31}" y="4" text-anchor="middle">F {inbred}</text>')
    return "".join([*parts, "</g>"])


def _more(
    rows: Sequence[Sequence[str]],
    members: Mapping[str, Member],
    left_out: Mapping[int, int],
    place: Mapping[str, tuple[float, float]],
) -> Iterator[str]:
    """Yield how many are not drawn, at the end of each row."""
    for row in rows:
        count = left_out.get(members[row[0]].generation, 0)
        if count:
            x, y = max(place[agent_id] for agent_id in row)
            yield f'<text class="more" x="{x + CARD[0] / 2 + 12:g}" y="{y + 34:g}">and {count} more</text>'


def _in_no_row(rows: Sequence[Sequence[str]], members: Mapping[str, Member], left_out: Mapping[int, int]) -> int:
    """Return how many are not drawn of generations of which nobody is."""
    drawn = {members[row[0]].generation for row in rows}
    return sum(count for generation, count in left_out.items() if generation not in drawn)


def _told(lineage: Lineage, agent: Member, rows: Sequence[Sequence[str]]) -> str:
    """Return the picture in words, for those who cannot see it."""
    ancestors = len(lineage.ancestors) + lineage.ancestors_left_out
    descendants = len(lineage.descendants) + lineage.descendants_left_out
    return (
        f"{agent.name} of the spirit {agent.spirit}, generation {agent.generation}, with {ancestors} ancestors and "
        f"{descendants} descendants; {sum(map(len, rows))} are drawn in {len(rows)} generations. "
        f"Inbreeding coefficient {lineage.inbreeding_coefficient:.4g}."
    )
