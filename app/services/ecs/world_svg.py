"""The world now, as a picture: everybody where they stand; names while there are few, dots when there are many."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from app.services.ecs.catalogue import Catalogue
from app.services.ecs.catalogue_schema import Category
from app.services.ecs.svg import document, escaped, shortened

NAMED = 40
"""Agents that still have room for their names."""

SHOWN_AS_SPIRITS = 300
"""Agents that still can be told apart by the signs of their spirits; more are dots in the colours of categories."""

MAX_DRAWN = 20_000
"""Dots in a picture: 300 kB."""

SIDE = 900
MARGIN = 40
HEAD = 72
LEGEND = 270
INSET = 24
LINES = 10

COLOURS: dict[Category, str] = {
    "canines_and_foxes": "#e07a2f",
    "big_cats": "#c9a227",
    "aquatic": "#2f7fd0",
    "birds": "#5fb3c8",
    "bears_and_large_mammals": "#8d6e54",
    "insects_and_arachnids": "#93a52d",
    "reptiles_and_amphibians": "#3f9b5f",
    "primates": "#c0507a",
    "mythical": "#8f5fd0",
    "cosmic": "#5a67b8",
}

STYLE = """
.field { fill: var(--card); stroke: var(--line); stroke-width: 1.5 }
.lines { stroke: var(--line); stroke-width: .6; stroke-dasharray: 2 5 }
.head { font-size: 22px; font-weight: 700 }
.sub { font-size: 13px; fill: var(--muted) }
.name { font-size: 11px; paint-order: stroke; stroke: var(--card); stroke-width: 3px; stroke-linejoin: round }
.legend { font-size: 13px }
.count { font-size: 13px; fill: var(--muted) }
.halo { fill-opacity: .22 }
.dots { fill: none; stroke-linecap: round; stroke-opacity: .8 }
"""


@dataclass(frozen=True, slots=True)
class Scene:
    """What is drawn: one entry for each agent, in the same order everywhere.

    Places are from 0 to `side`, with y upwards; spirits are numbers of the catalogue.
    """

    tick: int
    side: float
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    spirits: NDArray[np.int64]
    grown: NDArray[np.bool_]
    names: Sequence[str]


def world_svg(catalogue: Catalogue, scene: Scene) -> str:
    """Return the picture of a world."""
    count = len(scene.names)
    drawn = min(count, MAX_DRAWN)
    scale = (SIDE - 2 * INSET) / scene.side
    x = np.round(MARGIN + INSET + np.clip(scene.x[:drawn], 0, scene.side) * scale, 1)
    y = np.round(HEAD + SIDE - INSET - np.clip(scene.y[:drawn], 0, scene.side) * scale, 1)
    counts = Counter(catalogue.spirits[spirit].category for spirit in scene.spirits.tolist())
    agents = _signs(catalogue, scene, x, y) if count <= SHOWN_AS_SPIRITS else _dots(catalogue, scene, x, y)
    body = [
        f'<text class="head" x="{MARGIN}" y="36">The world at tick {scene.tick:,}</text>',
        f'<text class="sub" x="{MARGIN}" y="57">{_population(scene, drawn)}</text>',
        *_field(),
        *agents,
        *_legend(counts),
    ]
    told = ", ".join(f"{number} of {_words(category)}" for category, number in counts.most_common())
    return document(
        2 * MARGIN + SIDE + LEGEND,
        HEAD + SIDE + MARGIN,
        f"The world at tick {scene.tick}",
        f"{_population(scene, drawn)}. {told}".strip(),
        STYLE,
        "\n".join(body),
    )


def _population(scene: Scene, drawn: int) -> str:
    count = len(scene.names)
    young = int(np.count_nonzero(~scene.grown))
    words = f"{count:,} agents, {young:,} of them not yet grown" if count else "Nobody lives here yet"
    return f"{words}; {count - drawn:,} more are not drawn" if drawn < count else words


def _field() -> Iterator[str]:
    yield f'<rect class="field" x="{MARGIN}" y="{HEAD}" width="{SIDE}" height="{SIDE}" rx="14"/>'
    steps = [number * SIDE // LINES for number in range(1, LINES)]
    across = "".join(f"M{MARGIN} {HEAD + step}h{SIDE}M{MARGIN + step} {HEAD}v{SIDE}" for step in steps)
    yield f'<path class="lines" d="{across}"/>'


def _signs(catalogue: Catalogue, scene: Scene, x: NDArray[np.float64], y: NDArray[np.float64]) -> Iterator[str]:
    """Yield the sign of each agent, with its name while there is room."""
    size = 30 if len(scene.names) <= NAMED else 20
    taken: list[tuple[float, float, float, float]] = []
    rows = list(zip(x.tolist(), y.tolist(), scene.spirits.tolist(), scene.grown.tolist(), scene.names, strict=True))
    for left, top, number, grown, name in rows:
        spirit = catalogue.spirits[number]
        height = size if grown else size * 0.65
        yield (
            f"<g><title>{escaped(f'{name}, {spirit.name}')}</title>"
            f'<circle class="halo" cx="{left:g}" cy="{top:g}" r="{height * 0.75:g}" fill="{COLOURS[spirit.category]}"/>'
            f'<text x="{left:g}" y="{top + height * 0.36:g}" '
            f'text-anchor="middle" font-size="{height:g}">{escaped(spirit.emoji)}</text></g>'
        )
    for middle, top, _, _, name in rows if len(rows) <= NAMED else ():
        short = shortened(name, 20)
        half = 3.4 * len(short)
        left = min(max(middle, MARGIN + half + 4), MARGIN + SIDE - half - 4)
        for height in (top + size * 1.1, top - size * 0.85):
            box = (left - half, height - 9, left + half, height + 3)
            if all(box[0] > b[2] or box[2] < b[0] or box[1] > b[3] or box[3] < b[1] for b in taken):
                taken.append(box)
                yield f'<text class="name" x="{left:g}" y="{height:g}" text-anchor="middle">{escaped(short)}</text>'
                break


def _dots(catalogue: Catalogue, scene: Scene, x: NDArray[np.float64], y: NDArray[np.float64]) -> Iterator[str]:
    """Yield a path for each category, of lines without length: 14 bytes for a dot."""
    categories = np.array([spirit.category for spirit in catalogue.spirits])[scene.spirits[: len(x)]]
    width = 9 if len(x) <= 2000 else 5
    for category in get_args(Category):
        here = np.flatnonzero(categories == category)
        if len(here):
            path = "".join(f"M{left:g} {top:g}h0" for left, top in zip(x[here].tolist(), y[here].tolist(), strict=True))
            yield f'<path class="dots" stroke="{COLOURS[category]}" stroke-width="{width}" d="{path}"/>'


def _legend(counts: Counter[Category]) -> Iterator[str]:
    left = 2 * MARGIN + SIDE
    for row, (category, number) in enumerate(sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))):
        top = HEAD + 18 + row * 28
        yield f'<circle cx="{left}" cy="{top - 5}" r="6" fill="{COLOURS[category]}"/>'
        yield f'<text class="legend" x="{left + 16}" y="{top}">{_words(category)}</text>'
        yield f'<text class="count" x="{left + LEGEND - MARGIN}" y="{top}" text-anchor="end">{number:,}</text>'


def _words(category: Category) -> str:
    return category.replace("_", " ")
