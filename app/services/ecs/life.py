"""The stages of a life, and how long they last."""

from enum import IntEnum

from app.services.ecs.state.clock import TICKS_A_SECOND

YEAR = 60 * TICKS_A_SECOND
"""Ticks of a year of the world: a minute at speed 1, so that a fox grows up while one looks on."""

MATURE_SHARE = 0.08
"""Of its span, after which an animal is adult: foxes at one of 12 years, wolves at two of 15 (AnAge, build 15)."""

MATURE_YEARS = (0.5, 3.0)
"""The bounds of that: else a mayfly would be born adult, and a dragon grow up in an hour."""

ELDER_SHARE = 0.75


class Stage(IntEnum):
    """A stage of life; infants become juveniles half way to maturity."""

    infant = 0
    juvenile = 1
    adult = 2
    elder = 3


def span(lifespan_years: float) -> tuple[int, int, int]:
    """Return after how many ticks of life somebody is adult, elder, and at its end."""
    mature = min(max(lifespan_years * MATURE_SHARE, MATURE_YEARS[0]), MATURE_YEARS[1])
    adult = int(mature * YEAR)
    end = max(int(lifespan_years * YEAR), 4 * adult)
    return adult, max(int(end * ELDER_SHARE), adult + 1), end
