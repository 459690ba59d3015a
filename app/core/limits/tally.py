"""What one caller used in one window, as one process knows it."""

LEASED = 50
"""A process allows this part of a limit, 2 %, before it must have heard from the others. Limits under 100 are exact, at
the price of a round trip for each call: there a few calls too many would be much."""


class Tally:
    """Counts calls: those allowed here, and what Redis last said that all processes allowed together.

    Attributes:
        window: The number of the window since 1970.
        limit: Calls allowed in it.
        lease: Calls that may be allowed here and not yet be told.
        taken: Calls counted here.
        told: How many of them Redis has counted.
        total: What all processes had told when we last did.
    """

    __slots__ = ("key", "lease", "limit", "seconds", "taken", "told", "total", "window")

    def __init__(self, key: str, window: int, limit: int, seconds: int) -> None:
        self.key, self.window, self.limit, self.seconds = key, window, limit, seconds
        self.lease = max(1, limit // LEASED)
        self.taken = self.told = self.total = 0

    @property
    def used(self) -> int:
        """Calls of this window, as far as this process knows."""
        return self.total + self.taken - self.told

    @property
    def untold(self) -> int:
        """Calls that Redis has not counted yet."""
        return self.taken - self.told

    def take(self) -> int:
        """Count a call; return its number among those of this process."""
        self.taken += 1
        return self.taken

    def heard(self, told: int, total: int) -> None:
        """Note that Redis counted our calls up to number `told`, and then knew `total`."""
        self.told, self.total = told, total

    def rank(self, number: int) -> int:
        """Return which call of the window our call `number` was, among those of all processes."""
        return self.total - (self.told - number)
