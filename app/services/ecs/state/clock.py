"""The scalars of a world: its time, its rules, and what it has counted."""

from dataclasses import dataclass

TICKS_A_SECOND = 10
"""Of simulated time; at speed 1 simulated time is time."""

STEP_SECONDS = 1 / TICKS_A_SECOND

NORMAL_SPEED = 1000
"""Speed is kept in thousandths, so that the clock is exact."""


@dataclass(slots=True)
class Clock:
    """Time, and how fast it is asked to go.

    Attributes:
        tick: Ticks that are over.
        applied: The number of the last input that was applied.
        speed: In thousandths.
        paused: Only ticks that are owed pass.
        owed: Ticks asked for by `step` that did not pass yet.
        anchor_ms: When the last input was logged, in milliseconds since 1970.
        anchor_tick: The tick at which that input was applied.
    """

    tick: int = 0
    applied: int = 0
    speed: int = NORMAL_SPEED
    paused: bool = False
    owed: int = 0
    anchor_ms: int = 0
    anchor_tick: int = 0

    def now_ms(self) -> int:
        """Return about what time it is: that of the last input, and the ticks since at the speed asked for.

        A clock on the wall would differ when the log is played again.
        """
        since = (self.tick - self.anchor_tick) * 1000 * NORMAL_SPEED // (TICKS_A_SECOND * self.speed)
        return self.anchor_ms + since

    def set_anchor(self, at_ms: int) -> None:
        """Note when an input was logged, and never go back."""
        self.anchor_ms, self.anchor_tick = max(at_ms, self.now_ms()), self.tick


@dataclass(slots=True)
class Rules:
    """What an administrator sets for the whole world; changed by an input, so that the log tells of it."""

    population_limit: int = 1000
    death_by_age: bool = False
    breeding: bool = False


@dataclass(slots=True)
class Counts:
    """The last number of each numbered thing, and totals since the world began."""

    events: int = 0
    meetings: int = 0
    messages: int = 0
    born: int = 0
    died: int = 0
    sample_every: int = 100
