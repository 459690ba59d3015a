"""How long to wait before the next attempt."""

import random

FIRST_SECONDS = 1.0
LONGEST_SECONDS = 60.0


def delay(attempts: int) -> float:
    """Return the seconds to wait after `attempts` failures in a row (1 or more).

    Doubles from 1 s up to 60 s, then "equal jitter" (half fixed, half random; Brooker, "Exponential Backoff
    And Jitter", 2015) so that many processes do not knock at the same moment.
    """
    ceiling = min(LONGEST_SECONDS, FIRST_SECONDS * 2.0 ** min(attempts - 1, 10))
    return ceiling / 2 + random.uniform(0, ceiling / 2)  # noqa: S311 - spreading load, not a secret
