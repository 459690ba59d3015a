"""How many ticks are due, and how fast time really passes."""

from collections import deque

from app.services.ecs.state.clock import NORMAL_SPEED, TICKS_A_SECOND, Clock

MOST_BEHIND_SECONDS = 0.25
"""What is further behind is given up: time slows, and does not rush when the load is over."""

MEASURED_SECONDS = 2.0


class Pace:
    """Turns time on the wall into ticks that are due."""

    def __init__(self, now: float) -> None:
        self._last = now
        self._due = 0.0
        self._passed: deque[tuple[float, int]] = deque([(now, 0)])
        self._total = 0

    def due(self, now: float, clock: Clock) -> int:
        """Return how many ticks should pass now (`now` in seconds)."""
        rate = TICKS_A_SECOND * clock.speed / NORMAL_SPEED
        elapsed, self._last = now - self._last, now
        if clock.paused:
            self._due = 0.0
            return clock.owed
        self._due = min(
            self._due + elapsed * rate, max(2.0, MOST_BEHIND_SECONDS * rate)
        )  # 2: no fraction of a slow tick is lost
        return max(int(self._due), clock.owed)

    def until_next(self, clock: Clock) -> float | None:
        """Return the seconds until the next tick is due; None if none will be."""
        if clock.owed:
            return 0.0
        if clock.paused:
            return None
        return max(0.0, 1 - self._due) * NORMAL_SPEED / (TICKS_A_SECOND * clock.speed)

    def passed(self, now: float, ticks: int) -> None:
        """Note that ticks passed."""
        self._due = max(0.0, self._due - ticks)
        self._total += ticks
        self._passed.append((now, self._total))
        while len(self._passed) > 2 and now - self._passed[1][0] > MEASURED_SECONDS:
            self._passed.popleft()

    def real_speed(self, now: float) -> float:
        """Return how many times as fast as the wall time passed in the last seconds."""
        since, before = self._passed[0]
        return (self._total - before) / TICKS_A_SECOND / max(now - since, 1e-3)
