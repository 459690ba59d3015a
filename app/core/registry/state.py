"""The states of a service and what is reported of it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum


class ServiceState(StrEnum):
    """Where a service is in its life.

    `declared -> (waiting ->) starting -> running <-> degraded -> stopping -> stopped`, with `failed` when
    opening failed or the service was lost, and `disabled` when there is nothing to open.
    """

    declared = "declared"
    waiting = "waiting"
    starting = "starting"
    running = "running"
    degraded = "degraded"
    failed = "failed"
    disabled = "disabled"
    stopping = "stopping"
    stopped = "stopped"

    @property
    def usable(self) -> bool:
        """Whether the service is open, so that requests reach it and others may open on top of it."""
        return self in (ServiceState.running, ServiceState.degraded)

    @property
    def settled(self) -> bool:
        """Whether opening came to an end, good or bad: what `wants` waits for."""
        return self.usable or self in (ServiceState.failed, ServiceState.disabled, ServiceState.stopped)


@dataclass(frozen=True, slots=True)
class Probe:
    """The result of one health probe; `took_ms` in milliseconds, `reason` is None when healthy."""

    at: datetime
    took_ms: float
    reason: str | None


@dataclass(frozen=True, slots=True)
class ServiceStatus:
    """A snapshot of one service for people and for `/api/services`.

    Attributes:
        state: The current state.
        since: When it was entered.
        reason: Why, in words; for a waiting service the whole chain down to the cause.
        start_ms: How long the last opening took, in milliseconds; None before the first.
        attempts: Openings since the last success.
        retry_in: Seconds until the next opening, None when none is planned.
    """

    name: str
    state: ServiceState
    since: datetime
    reason: str | None
    priority: int
    required: bool
    needs: tuple[str, ...]
    wants: tuple[str, ...]
    start_ms: float | None
    attempts: int
    retry_in: float | None
    last_probe: Probe | None


def now() -> datetime:
    """Return the current time with its zone."""
    return datetime.now(UTC)
