"""What a service may use while it opens and lives."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from app.core.settings import Settings

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Context:
    """Handed to `ServiceDefinition.open`: the settings, the services it needs, and a way to report its end.

    Attributes:
        settings: The validated settings of the process.
        service: The name of the service this context was made for.
        lookup: Finds another open service by name; use `get`.
        lost: Call it with a reason when the service found that it cannot go on. The registry then closes
            it, with all that need it, and opens them again after a pause.
    """

    settings: Settings
    service: str
    lookup: Callable[[str], Any]
    lost: Callable[[str], None]

    def get(self, name: str, kind: type[S]) -> S:
        """Return the open service `name`.

        Raises:
            LookupError: It is not among the service's `needs` and `wants`, or it is not open.
            TypeError: It is open, but is no `kind`.
        """
        service = self.lookup(name)
        if not isinstance(service, kind):
            raise TypeError(f"{name} is a {type(service).__name__}, not a {kind.__name__}")
        return service
