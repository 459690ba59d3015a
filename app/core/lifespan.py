"""What the running application hands to every request."""

from collections.abc import Callable
from typing import TypedDict, TypeVar, cast

from starlette.requests import HTTPConnection

from app.core.registry import Registry
from app.core.settings import Settings
from app.core.streaming import Streams

S = TypeVar("S")


class LifespanState(TypedDict):
    """The state of the lifespan; `request.state` has these as attributes."""

    settings: Settings
    registry: Registry
    streams: Streams


def state_of(connection: HTTPConnection) -> LifespanState:
    """Return the typed state of the application that serves this request."""
    return cast("LifespanState", connection.scope["state"])


def running(name: str, kind: type[S]) -> Callable[[HTTPConnection], S]:
    """Return a dependency that yields the open service `name`, or answers 503 with its reason."""

    def service(connection: HTTPConnection) -> S:
        return state_of(connection)["registry"].get(name, kind)

    return service
