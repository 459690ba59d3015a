"""The tables of a world. Row n of `people`, `genes` and `motion` is the same agent; ticks count tenths of a second."""

from app.services.ecs.state.table import Layout

NOBODY = -1
"""In a column of agents; in a column of ticks -1 says never."""

TRAITS = 44
"""As many as the catalogue has: with another number of them the saved state is of another form."""

MEMORIES = 16
"""Memories one agent keeps: with more, those of 10,000 agents take longer to save than to make (19 bytes each)."""

KEPT_EVENTS = 4096
"""At the busiest, ten a second, a client that was away for seven minutes misses none."""

KEPT_SAMPLES = 512
"""Of the series over time: a plot on a screen shows no more."""

KEPT_MEETINGS = 4096
KEPT_MESSAGES = 2048

PEOPLE = Layout(
    "people",
    (
        ("spirit", "<i2", 1),
        ("style", "<i1", 1),
        ("gender", "<i1", 1),
        ("generation", "<i4", 1),
        ("parent1", "<i4", 1),
        ("parent2", "<i4", 1),
        ("born", "<i8", 1),
        ("died", "<i8", 1),
        ("active", "<i1", 1),
        ("stage", "<i1", 1),
        ("matures", "<i8", 1),
        ("ages", "<i8", 1),
        ("dies", "<i8", 1),
        ("created_ms", "<i8", 1),
        ("inbreeding", "<f8", 1),
    ),
    ("agent_id", "name", "creator"),
)
"""Who an agent is. `matures`, `ages` and `dies` are the ticks at which it becomes adult, elder and, where death by age
is on, dead; `born` is negative for a founder that is older than the world."""

MOTION = Layout(
    "motion",
    (
        ("x", "<f8", 1),
        ("y", "<f8", 1),
        ("vx", "<f8", 1),
        ("vy", "<f8", 1),
        ("tx", "<f8", 1),
        ("ty", "<f8", 1),
        ("reach", "<f8", 1),
        ("pace", "<f8", 1),
        ("energy", "<f8", 1),
        ("target", "<i4", 1),
        ("seek", "<i1", 1),
        ("sociable", "<i8", 1),
        ("fertile", "<i8", 1),
    ),
    block=4096,
)
"""What changes with time. Places in units, velocities and `pace` in units a second; `reach` is how near to the target
it stops; `sociable` and `fertile` are the ticks from which it meets others by itself, and breeds."""

BONDS = Layout(
    "bonds",
    (
        ("a", "<i4", 1),
        ("b", "<i4", 1),
        ("affinity", "<f8", 1),
        ("familiarity", "<f8", 1),
        ("meetings", "<i4", 1),
        ("last", "<i8", 1),
    ),
)
"""Relationships, each once with a < b. Affinity is -1 to 1, familiarity 0 to 1."""

MEETINGS = Layout(
    "meetings",
    (
        ("number", "<i8", 1),
        ("tick", "<i8", 1),
        ("a", "<i4", 1),
        ("b", "<i4", 1),
        ("kind", "<i1", 1),
        ("outcome", "<i1", 1),
        ("change", "<f8", 1),
        ("asked", "<i1", 1),
    ),
)
"""The last interactions; `change` is what it did to the affinity, `asked` is 0 for those that came about by chance."""

MEMORIES_LAYOUT = Layout(
    "memories",
    (
        ("about", "<i4", 1),
        ("tick", "<i8", 1),
        ("kind", "<i1", 1),
        ("outcome", "<i1", 1),
        ("importance", "<i1", 1),
        ("message", "<i4", 1),
    ),
    block=MEMORIES * 64,
)
"""Rows MEMORIES * n and on belong to agent n. Importance is 1 to 10, and 0 where nothing is remembered."""

MESSAGES = Layout(
    "messages", (("number", "<i8", 1), ("tick", "<i8", 1), ("a", "<i4", 1), ("b", "<i4", 1)), ("text",), block=64
)
"""The last messages, from `a` to `b`."""

EVENTS = Layout("events", (("number", "<i8", 1), ("tick", "<i8", 1)), ("kind", "data"), block=64)
"""What happened, for who watches; `data` is JSON."""

GENES = Layout("genes", (("genome", "<u2", 2 * TRAITS), ("traits", "<i4", TRAITS)), block=64)
"""What an agent inherited, and its traits in ten-thousandths; neither changes in its life."""

SERIES = Layout(
    "series",
    (
        ("tick", "<i8", 1),
        ("population", "<i4", 1),
        ("mature", "<i4", 1),
        ("born", "<i8", 1),
        ("died", "<i8", 1),
        ("generation", "<i8", 1),
        ("inbreeding", "<i8", 1),
        ("diversity", "<i8", 1),
        ("bonds", "<i4", 1),
        ("means", "<i4", TRAITS),
        ("variances", "<i8", TRAITS),
    ),
    block=KEPT_SAMPLES,
)
"""The world over time: see `app.services.ecs.systems.sampling`. Sums and means are whole numbers, hence exact."""
