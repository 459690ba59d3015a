"""Ticks are due as time passes on the wall, and what cannot be kept up with is given up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.ecs.engine.pace import MOST_BEHIND_SECONDS, Pace
from app.services.ecs.state.clock import NORMAL_SPEED, Clock


def passed(speed: int, pauses: list[float], most: int | None = None) -> tuple[int, Pace, float]:
    """Return how many ticks passed while the wall went on in these steps, `most` at a time."""
    pace, now, clock = Pace(0.0), 0.0, Clock(speed=speed)
    total = 0
    for pause in pauses:
        now += pause
        due = pace.due(now, clock)
        made = due if most is None else min(due, most)
        pace.passed(now, made)
        total += made
    return total, pace, now


@given(st.integers(100, 50 * NORMAL_SPEED), st.lists(st.floats(0, 0.1), max_size=60))
def test_time_passes_at_the_speed_that_was_asked_for(speed: int, pauses: list[float]) -> None:
    total, _, now = passed(speed, pauses)
    asked = now * 10 * speed / NORMAL_SPEED
    assert asked - 1.001 <= total <= asked + 0.001


def test_what_a_slow_machine_cannot_keep_up_with_is_given_up() -> None:
    total, pace, now = passed(1000 * NORMAL_SPEED, [0.02] * 200, most=5)
    assert total == 1000
    assert pace.real_speed(now) == pytest.approx(1000 / 10 / now, rel=0.1)
    rest = pace.due(now, Clock())
    assert rest <= MOST_BEHIND_SECONDS * 10 + 1, "time slowed, and does not rush afterwards"


def test_while_paused_only_owed_ticks_pass() -> None:
    pace = Pace(0.0)
    clock = Clock(paused=True)
    assert pace.due(5.0, clock) == 0
    assert pace.until_next(clock) is None
    clock.owed = 3
    assert pace.due(6.0, clock) == 3
    assert pace.until_next(clock) == 0
    clock.owed, clock.paused = 0, False
    assert pace.due(6.05, clock) == 0, "the time of the pause is not made up for"
    assert pace.until_next(clock) == pytest.approx(0.05)


def test_a_clock_never_goes_back() -> None:
    clock = Clock()
    clock.set_anchor(1_000_000)
    clock.tick = 100
    assert clock.now_ms() == 1_010_000
    clock.set_anchor(1_000_500)
    assert clock.now_ms() == 1_010_000, "an input logged by a clock that is behind"
    clock.speed = 10 * NORMAL_SPEED
    clock.tick = 200
    assert clock.now_ms() == 1_011_000
