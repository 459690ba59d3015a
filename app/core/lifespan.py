"""What the running application hands to every request."""

from collections.abc import Awaitable, Callable
from typing import TypedDict, TypeVar, cast

from starlette.requests import HTTPConnection

from app.core.limits.rates import RateLimits
from app.core.registry import Registry
from app.core.settings import Settings
from app.core.streaming import Streams

S = TypeVar("S")

SERVICE = "__service__"
"""The attribute of a dependency that names the service it yields."""


class LifespanState(TypedDict):
    """The state of the lifespan; `request.state` has these as attributes."""

    settings: Settings
    registry: Registry
    streams: Streams
    rates: RateLimits


def state_of(connection: HTTPConnection) -> LifespanState:
    """Return the typed state of the application that serves this request."""
    return cast("LifespanState", connection.scope["state"])


def running(name: str, kind: type[S]) -> Callable[[HTTPConnection], Awaitable[S]]:
    """Return a dependency that yields the open service `name`, or answers 503 with its reason.

    It is a coroutine although it waits for nothing: FastAPI runs plain functions in a thread, which costs more than
    an answer from the cache.
    """

    async def service(connection: HTTPConnection) -> S:
        return state_of(connection)["registry"].get(name, kind)

    vars(service)[SERVICE] = name
    return service


def service_of(call: object) -> str | None:
    """Return the service that a dependency made by `running` yields; None for any other."""
    found: str | None = getattr(call, SERVICE, None)
    return found
