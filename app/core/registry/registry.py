"""All services of one process together."""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import Any, TypeVar

import structlog

from app.core.errors import ApiError
from app.core.registry.context import Context
from app.core.registry.definition import ServiceDefinition
from app.core.registry.graph import ServiceGraph, waits_for
from app.core.registry.keeper import Keeper
from app.core.registry.state import ServiceState, ServiceStatus
from app.core.settings import Settings

log = structlog.get_logger(__name__)

S = TypeVar("S")

SLOW_START_SECONDS = 2.0
"""A start-up that takes longer names the services it waits for, and again after each such span."""


BLOCKED = (ServiceState.declared, ServiceState.waiting, ServiceState.disabled)


class BootError(Exception):
    """A required service failed, so the process must not start; the text says which and why."""


class ServiceNotRunning(ApiError):
    """A request needs a service that is not open."""

    status = 503
    code = "service_not_running"
    title = "Service not running"


class UnknownService(ApiError):
    """No service has the name that was asked for."""

    status = 404
    code = "unknown_service"
    title = "Unknown service"


class Registry:
    """Opens, watches, retries and closes services."""

    def __init__(self, settings: Settings, definitions: Sequence[ServiceDefinition]) -> None:
        """Check the definitions and open nothing.

        Raises:
            ValueError: The definitions contradict each other (see `ServiceGraph`).
        """
        self._graph = ServiceGraph(definitions)
        self._held: Counter[str] = Counter()
        self._changed = asyncio.Event()
        self._errands: set[asyncio.Task[None]] = set()
        self._off = {item.name: item.disabled(settings) for item in definitions}
        self._keepers = {
            name: Keeper(item, Context(settings, name, partial(self._lookup, name), partial(self._on_lost, name)), self)
            for name, item in self._graph.definitions.items()
        }

    async def start(self) -> None:
        """Open every service; return when each required one is usable, while optional ones go on starting.

        Raises:
            BootError: A required service failed. Everything that was open is closed again.
        """
        begun = time.monotonic()
        for keeper in self._keepers.values():
            keeper.start()
        while pending := [k for k in self._keepers.values() if k.definition.required and not self._open_or_off(k)]:
            if failed := next((k for k in pending if k.state is ServiceState.failed), None):
                problem = BootError(f"{failed.definition.name} is required and failed: {failed.reason}")
                await self.stop()
                raise problem
            await self._next_change(begun)

    async def settle(self, timeout: float) -> None:
        """Wait until every service settled once, or until `timeout` seconds have passed."""
        try:
            async with asyncio.timeout(timeout):
                while not all(map(self._settled, self._keepers)):
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            return

    async def stop(self) -> None:
        """Close every service, each after those that stand on it, independent ones in parallel."""
        self._held.update(list(self._keepers))
        done: dict[str, asyncio.Task[None]] = {}
        for name in self._keepers:
            self._close_tree(name, done, soft=True, end=True)
        await asyncio.gather(*done.values())

    async def restart(self, name: str) -> None:
        """Close `name` and everything that needs it, and let them open again.

        Raises:
            UnknownService: There is no such service.
        """
        if name not in self._keepers:
            raise UnknownService(f"There is no service named {name!r}; there are {', '.join(self._keepers)}.")
        await self._reopen(name, lost=None)

    def status(self) -> dict[str, ServiceStatus]:
        """Return a snapshot of every service, highest priority first."""
        return {name: keeper.status() for name, keeper in self._keepers.items()}

    def get(self, name: str, kind: type[S]) -> S:
        """Return the open service `name` for a request.

        Raises:
            ServiceNotRunning: It is not open; says why and when to try again.
            TypeError: It is open, but is no `kind`.
        """
        keeper = self._keepers[name]
        if keeper.service is None:
            status = keeper.status()
            reason = f": {status.reason}" if status.reason else ""
            retry = max(1, round(status.retry_in or 1))
            raise ServiceNotRunning(
                f"The service {name} is {status.state}{reason}.", headers={"Retry-After": str(retry)}
            )
        if not isinstance(keeper.service, kind):
            raise TypeError(f"{name} is a {type(keeper.service).__name__}, not a {kind.__name__}")
        return keeper.service

    def ready(self, name: str) -> bool:
        """Whether everything `name` waits for allows it to open."""
        item = self._graph.definitions[name]
        if self._off[name] is not None or any(self._held[other] for other in (name, *waits_for(item))):
            return False
        return all(self._keepers[need].state.usable for need in item.needs) and all(map(self._settled, item.wants))

    def blocked(self, name: str) -> tuple[ServiceState, str]:
        """Why `name` cannot open: `waiting` or `disabled`, and the chain of reasons."""
        if off := self._off[name]:
            return ServiceState.disabled, off
        for need in self._graph.definitions[name].needs:
            keeper = self._keepers[need]
            if keeper.state is ServiceState.disabled:
                return ServiceState.disabled, f"needs {need}, which is disabled: {keeper.reason}"
            if not keeper.state.usable:
                return ServiceState.waiting, f"waits for {need}: {self._chain(keeper)}"
        unsettled = [want for want in self._graph.definitions[name].wants if not self._settled(want)]
        return ServiceState.waiting, f"waits for {', '.join(unsettled)}" if unsettled else "is about to start"

    def changed(self) -> None:
        """Note that a state changed: whoever can open now does, highest priority first."""
        self._changed.set()
        for name, keeper in self._keepers.items():
            if self.ready(name) or keeper.state in BLOCKED:
                keeper.wake()

    def _settled(self, name: str) -> bool:
        """Whether `name` opened, or will not as long as nothing else changes."""
        keeper = self._keepers[name]
        needs = (self._keepers[need] for need in keeper.definition.needs)
        return keeper.state.settled or (
            keeper.state is ServiceState.waiting
            and any(self._settled(need.definition.name) and not need.state.usable for need in needs)
        )

    def _chain(self, keeper: Keeper) -> str:
        if keeper.state is ServiceState.waiting:
            return f"{keeper.definition.name} {self.blocked(keeper.definition.name)[1]}"
        return f"{keeper.definition.name} {keeper.state}" + (f": {keeper.reason}" if keeper.reason else "")

    def _lookup(self, asking: str, name: str) -> Any:  # noqa: ANN401 - typed by Context.get
        if name not in waits_for(self._graph.definitions[asking]):
            raise LookupError(f"{asking} asked for {name}, but declares no need or want of it")
        keeper = self._keepers[name]
        if keeper.service is None:
            raise LookupError(self._chain(keeper))
        return keeper.service

    def _open_or_off(self, keeper: Keeper) -> bool:
        return keeper.state.usable or keeper.state is ServiceState.disabled

    async def _next_change(self, begun: float) -> None:
        self._changed.clear()
        try:
            async with asyncio.timeout(SLOW_START_SECONDS):
                await self._changed.wait()
        except TimeoutError:
            slow = [k.definition.name for k in self._keepers.values() if k.state is ServiceState.starting]
            log.warning("slow_start", seconds=round(time.monotonic() - begun, 1), still_starting=slow)

    def _on_lost(self, name: str, reason: str) -> None:
        errand = asyncio.create_task(self._reopen(name, lost=reason))
        self._errands.add(errand)
        errand.add_done_callback(self._errands.discard)

    async def _reopen(self, name: str, lost: str | None) -> None:
        done: dict[str, asyncio.Task[None]] = {}
        self._close_tree(name, done, soft=False, end=False, lost=lost)
        self._held.update(list(done))
        try:
            await asyncio.gather(*done.values())
        finally:
            self._held.subtract(list(done))
            self.changed()

    def _close_tree(
        self,
        name: str,
        done: dict[str, asyncio.Task[None]],
        *,
        soft: bool,
        end: bool,
        lost: str | None = None,
    ) -> asyncio.Task[None]:
        if name not in done:
            first = [
                self._close_tree(other, done, soft=soft, end=end) for other in self._graph.dependents(name, soft=soft)
            ]

            async def close() -> None:
                await asyncio.gather(*first)
                await self._keepers[name].close(lost=lost, end=end)

            done[name] = asyncio.create_task(close())
        return done[name]
