"""What a service declares about itself."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from app.core.registry.context import Context
from app.core.settings import Settings


class ServiceDisabled(Exception):
    """Raised while opening by a service that has nothing to serve here; its text says what to configure.

    It is not a fault: the service shows as `disabled` with that reason and the overall health stays as it is.
    """


class ServiceFailed(Exception):
    """Raised by a service that cannot open; its text is one sentence for people that says what to mend.

    Any other exception counts as a failure too, but its text goes to the log only.
    """


@runtime_checkable
class Probed(Protocol):
    """A service whose health can be asked; one without `probe` is healthy while it is open."""

    async def probe(self) -> str | None:
        """Return None when healthy, or the reason in words. Raising counts as unhealthy as well."""


def always_enabled(_: Settings) -> None:
    """Disable nothing: the default of `ServiceDefinition.disabled`."""


@dataclass(frozen=True, slots=True)
class ServiceDefinition:
    """One line of the directory.

    Attributes:
        name: Unique; how other services, routes and people refer to it.
        open: Returns the async context manager that is the service's life.
        priority: Among services that can start, higher ones start first.
        needs: Names that must be usable before this one opens and that close after it.
        wants: Names that are waited for until they settled, whatever came of them.
        required: The process does not start without it.
        disabled: Returns the reason when the settings switch the service off, else None.
        check: Looks whether the service could open, without starting or changing anything, and says what it found;
            raises ServiceFailed or ServiceDisabled as opening would.
        start_timeout: Seconds after which opening is cancelled and counts as failed.
        stop_timeout: Seconds after which closing is given up.
        probe_interval: Seconds between two health probes.
        probe_timeout: Seconds after which a probe counts as unhealthy.
    """

    name: str
    open: Callable[[Context], AbstractAsyncContextManager[Any]]
    priority: int = 0
    needs: tuple[str, ...] = ()
    wants: tuple[str, ...] = ()
    required: bool = False
    disabled: Callable[[Settings], str | None] = always_enabled
    check: Callable[[Settings], Awaitable[str]] | None = None
    start_timeout: float = 30.0
    stop_timeout: float = 5.0
    probe_interval: float = 5.0
    probe_timeout: float = 2.0
