"""Where the index is, as every API process knows it."""

from collections import deque
from dataclasses import dataclass, field, replace
from datetime import datetime
from time import monotonic
from typing import Literal
from uuid import UUID

from app.core.access import Caller
from app.services.rag.scope import SeenSources

State = Literal["idle", "scanning", "indexing", "paused"]
Visibility = Literal["shared", "private"]

RATE_SECONDS = 10.0
"""The span over which the rate is averaged."""

STALE_SECONDS = 6.0
"""The database is asked at least every 5 s: older numbers mean that it does not answer."""


@dataclass(frozen=True, slots=True)
class SourceProgress:
    """One source: files by state, chunks, bytes of text, and the lag of the oldest pending change.

    `embedded_otherwise` says that vectors of another version of the built-in model are among its own still.
    """

    id: int
    name: str
    path: str | None
    watch: bool
    include: list[str]
    exclude: list[str]
    owner_id: UUID | None
    visibility: Visibility
    created_at: datetime
    generation: int
    scanning: bool
    problem: str | None
    paused: bool
    branch: str | None
    commit: str | None
    embedded: int
    reused: int
    scan_requested: int
    scan_finished: int
    known: int
    indexed: int
    pending: int
    failed: int
    chunks: int
    bytes: int
    embedded_otherwise: bool
    lag_ms: float
    statistics_generation: int | None

    def seen_by(self, caller: Caller) -> bool:
        """Whether the caller may see it: everybody what is shared, its owner alone what is private."""
        return self.visibility == "shared" or (self.owner_id is not None and self.owner_id == caller.user_id)

    @property
    def caught_up(self) -> bool:
        """Whether every requested scan is over and nothing is pending."""
        return not self.scan_due and self.pending == 0

    @property
    def scan_due(self) -> bool:
        """Whether a requested scan is not over; a source without a directory is never scanned."""
        return self.path is not None and self.scan_finished < self.scan_requested

    @property
    def state(self) -> State:
        """What happens to the source now."""
        if self.paused:
            return "paused"
        if self.pending:
            return "indexing"
        return "scanning" if self.scanning or self.scan_due else "idle"


@dataclass(frozen=True, slots=True)
class Asked:
    """The sources that a question is about; its caller may see all of them, as only `Rag.sources` makes one."""

    sources: tuple[SourceProgress, ...]

    @property
    def ids(self) -> SeenSources:
        """What a scope is made of."""
        return SeenSources(tuple(source.id for source in self.sources))

    @property
    def generation(self) -> int:
        """Counts the changes of these sources."""
        return sum(source.generation for source in self.sources)

    @property
    def pending(self) -> int:
        """Files of these sources that are not indexed yet."""
        return sum(source.pending for source in self.sources)


@dataclass(slots=True)
class Progress:
    """Sources at one moment: all of them, or with `seen_by` what one caller may see.

    `sourceless` says that there may well be no source: continuous indexing, which makes the first, is off.
    """

    sources: dict[int, SourceProgress] = field(default_factory=dict)
    sourceless: bool = True
    _read_at: float = field(default_factory=monotonic)
    _history: deque[tuple[float, dict[int, int]]] = field(default_factory=deque)

    def seen_by(self, caller: Caller) -> "Progress":
        """Return the part that a caller may see."""
        return replace(self, sources={item.id: item for item in self.sources.values() if item.seen_by(caller)})

    def update(self, sources: list[SourceProgress]) -> None:
        """Take over what the database said; a notice may have told of a later generation meanwhile."""
        self.sources = {source.id: self._newest(source) for source in sources}
        self._read_at = now = monotonic()
        self._history.append((now, {source.id: source.chunks for source in sources}))
        while now - self._history[0][0] > RATE_SECONDS:
            self._history.popleft()

    @property
    def rate(self) -> float:
        """How fast chunks came in lately (a second)."""
        if not self._history:
            return 0.0
        (since, before), (now, after) = self._history[0], self._history[-1]
        gained = sum(after.get(source, 0) - before.get(source, 0) for source in self.sources)
        return max(0.0, gained / (now - since)) if now > since else 0.0

    @property
    def problem(self) -> str | None:
        """Why these numbers may be old, or None while they are current."""
        age = monotonic() - self._read_at
        return None if age < STALE_SECONDS else f"the database does not answer: these numbers are {age:.0f} s old"

    def _newest(self, read: SourceProgress) -> SourceProgress:
        known = self.sources.get(read.id, read)
        return replace(read, generation=max(known.generation, read.generation))

    @property
    def eta_s(self) -> float | None:
        """Seconds until nothing is pending, if it goes on like now; None when nothing is, or nothing moves."""
        sources = self.sources.values()
        pending, indexed = sum(source.pending for source in sources), sum(source.indexed for source in sources)
        chunks = sum(source.chunks for source in sources)
        if not pending or not self.rate or not indexed or not chunks:
            return None
        return pending * (chunks / indexed) / self.rate

    @property
    def state(self) -> State:
        """What happens now, over all sources."""
        states = {source.state for source in self.sources.values()}
        if not states:
            return "idle" if self.sourceless else "scanning"
        if states == {"paused"}:
            return "paused"
        return next((state for state in ("indexing", "scanning") if state in states), "idle")
