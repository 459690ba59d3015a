"""Where the members of a family stand in a picture: generations in rows, relatives near each other."""

from collections.abc import Mapping, Sequence

CARD = (204, 58)
"""Width and height of a member in points; a name of 18 columns fits."""

STEP = (230, 138)
"""From one column, and from one row, to the next, in points."""

MARGIN = 48

SWEEPS = 6
"""Down and up through the rows, in turn. In random families of 100 the lines cross 53 times without any, 32 times after
2, 29 times after 6, and no less often after 24 (`python -m benchmarks.heredity`)."""


def columns(rows: Sequence[Sequence[str]], parents: Mapping[str, Sequence[str]]) -> dict[str, float]:
    """Return the column of each member, from 0; within a row neighbours are at least 1 apart.

    Each row in turn is ordered by the mean place of its parents, or of its children, the barycentre method of Sugiyama,
    Tagawa and Toda (IEEE Transactions on Systems, Man, and Cybernetics 1981), and then moved as near to those places as
    the distance allows.

    Args:
        rows: Who is in each row; parents are above their children.
        parents: Of each member; those who are in no row are ignored.
    """
    place = {member: float(number) for row in rows for number, member in enumerate(row)}
    above = {member: [parent for parent in parents.get(member, ()) if parent in place] for member in place}
    below: dict[str, list[str]] = {member: [] for member in place}
    for member, known in above.items():
        for parent in known:
            below[parent].append(member)
    for sweep in range(SWEEPS):
        relatives = (above, below)[sweep % 2]
        for row in rows if relatives is above else reversed(rows):
            wanted = {member: _mean([place[other] for other in relatives[member]], place[member]) for member in row}
            order = sorted(row, key=lambda member: (wanted[member], place[member]))
            place |= zip(order, spread([wanted[member] for member in order]), strict=True)
    left = min(place.values(), default=0.0)
    return {member: column - left for member, column in place.items()}


def spread(wanted: Sequence[float]) -> list[float]:
    """Return places at least 1 apart, in this order, with the least sum of squared distances to the wanted ones.

    Less their number, places must not fall, so this is isotonic regression, by pooling adjacent violators (Ayer et al.,
    Annals of Mathematical Statistics 1955).
    """
    blocks: list[tuple[float, int]] = []
    for number, value in enumerate(wanted):
        total, size = value - number, 1
        while blocks and blocks[-1][0] * size > total * blocks[-1][1]:
            before = blocks.pop()
            total, size = total + before[0], size + before[1]
        blocks.append((total, size))
    level = [total / size for total, size in blocks for _ in range(size)]
    return [value + number for number, value in enumerate(level)]


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise
