"""The life of an adapter: a service in front of a neighbour."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

import httpx2

from app.core.adapter.client import NeighbourError, http_client
from app.core.registry import Context, ServiceDisabled, ServiceFailed
from app.core.settings import Settings

PROBE_SECONDS = 1.5
"""For one greeting; below the registry's limit for a probe, so that the reason given is the neighbour's."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Whom an adapter talks to.

    Attributes:
        name: For people, for example `Ollama`.
        variable: The setting that holds its address.
        url: The address.
        configured: The address was set, so somebody should be there.
        timeout: Seconds between two pieces of an answer.
        connections: How many requests run at once; more wait.
    """

    name: str
    variable: str
    url: str
    configured: bool
    timeout: float = 30.0
    connections: int = 10

    @property
    def not_found(self) -> str:
        """What to do when nobody is at the default address."""
        return f"{self.name} was not found at {self.url}: start it, or set {self.variable}"


class Adapter(ABC):
    """A service in front of a neighbour.

    Attributes:
        client: Calls the neighbour; see `ask`.
        version: What the neighbour said it is, as of the last greeting.
    """

    def __init__(self, client: httpx2.AsyncClient, neighbour: Neighbour) -> None:
        self.client = client
        self.neighbour = neighbour
        self.version: str | None = None
        self._lost: Callable[[str], None] = lambda _: None

    @abstractmethod
    async def greet(self, seconds: float) -> str:
        """Ask the neighbour who it is, for at most `seconds`, and return its version.

        Raises:
            NeighbourError: It is away, or is somebody else.
        """

    async def probe(self) -> str | None:
        """Return None when the neighbour can serve, else why not.

        One that left its default address is not missed: the service closes, and opens again when it is back.
        """
        try:
            self.version = await self.greet(PROBE_SECONDS)
        except NeighbourError as error:
            if not self.neighbour.configured:
                self._lost(self.neighbour.not_found)
            return f"{error}; {self.neighbour.variable} says where {self.neighbour.name} is"
        return None

    def tell(self, lost: Callable[[str], None]) -> None:
        """Have `lost` called when nobody is at the default address any more."""
        self._lost = lost


A = TypeVar("A", bound=Adapter)
Make = Callable[[httpx2.AsyncClient, Neighbour], A]
NeighbourOf = Callable[[Settings], Neighbour]


def opener(kind: Make[A], neighbour_of: NeighbourOf) -> Callable[[Context], AbstractAsyncContextManager[A]]:
    """Return what opens the adapter `kind`; it raises ServiceDisabled when nobody is at the default address."""

    @asynccontextmanager
    async def open_adapter(context: Context) -> AsyncIterator[A]:
        neighbour = neighbour_of(context.settings)
        async with http_client(neighbour.url, seconds=neighbour.timeout, connections=neighbour.connections) as client:
            adapter = kind(client, neighbour)
            reason = await adapter.probe()
            if reason is not None and not neighbour.configured:
                raise ServiceDisabled(neighbour.not_found)
            adapter.tell(context.lost)
            yield adapter

    return open_adapter


def checker(kind: Make[A], neighbour_of: NeighbourOf) -> Callable[[Settings], Awaitable[str]]:
    """Return the check of that adapter: see `ServiceDefinition.check`."""

    async def check(settings: Settings) -> str:
        neighbour = neighbour_of(settings)
        async with http_client(neighbour.url, seconds=neighbour.timeout) as client:
            adapter = kind(client, neighbour)
            reason = await adapter.probe()
        if reason is None:
            return f"{neighbour.name} {adapter.version} at {neighbour.url}"
        if neighbour.configured:
            raise ServiceFailed(reason)
        raise ServiceDisabled(neighbour.not_found)

    return check
