"""One service's life: a single task opens it, watches it, closes it and tries again."""

import asyncio
import time
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

import structlog

from app.core.registry.backoff import delay
from app.core.registry.context import Context
from app.core.registry.definition import Probed, ServiceDefinition, ServiceDisabled, ServiceFailed
from app.core.registry.state import Probe, ServiceState, ServiceStatus, now

log = structlog.get_logger(__name__)

DISABLED_RETRY_SECONDS = 60.0
"""How often a service that disabled itself is asked again: its neighbour may have been installed since."""


class Board(Protocol):
    """What a keeper asks of the registry."""

    def ready(self, name: str) -> bool:
        """Whether everything `name` waits for allows it to open."""

    def blocked(self, name: str) -> tuple[ServiceState, str]:
        """Why `name` cannot open: `waiting` or `disabled`, and the chain of reasons."""

    def changed(self) -> None:
        """Note that a state changed."""


class Keeper:
    """Keeps one service.

    Opening and closing happen in the same task, as cancel scopes and task groups inside a service demand.
    """

    def __init__(self, definition: ServiceDefinition, context: Context, board: Board) -> None:
        self.definition = definition
        self.state = ServiceState.declared
        self.reason: str | None = None
        self.service: Any = None
        self.since = now()
        self._context = context
        self._board = board
        self._go = asyncio.Event()
        self._close = asyncio.Event()
        self._closed = asyncio.Event()
        self._closed.set()
        self._end = False
        self._lost: str | None = None
        self._attempts = 0
        self._retry_at: float | None = None
        self._start_ms: float | None = None
        self._last_probe: Probe | None = None
        self._opening: asyncio.Timeout | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin this service's life."""
        self._task = asyncio.create_task(self._live(), name=f"service {self.definition.name}")

    def wake(self) -> None:
        """Look again whether to open: called by the registry when a state changed."""
        self._go.set()

    async def close(self, *, lost: str | None = None, end: bool = False) -> None:
        """Close the service if it is open or opening, and wait for it.

        Args:
            lost: The reason, when the service was lost; it is then opened again after a pause.
            end: Do not open it again.
        """
        self._end = self._end or end
        self._lost = self._lost or lost
        self._close.set()
        self._go.set()
        if self._opening is not None and not self._opening.expired():
            self._opening.reschedule(asyncio.get_running_loop().time())
        await self._closed.wait()
        if end and self._task is not None:
            await self._task

    def status(self) -> ServiceStatus:
        """Return a snapshot."""
        item = self.definition
        retry_in = None if self._retry_at is None else max(0.0, self._retry_at - time.monotonic())
        reason = self.reason
        if self.state is ServiceState.waiting:
            reason = self._board.blocked(item.name)[1]
        return ServiceStatus(
            name=item.name,
            state=self.state,
            since=self.since,
            reason=reason,
            priority=item.priority,
            required=item.required,
            needs=item.needs,
            wants=item.wants,
            start_ms=self._start_ms,
            attempts=self._attempts,
            retry_in=retry_in,
            last_probe=self._last_probe,
        )

    async def _live(self) -> None:
        while await self._until_ready():
            if self._close.is_set():
                continue
            self._closed.clear()
            try:
                await self._open_and_close()
            finally:
                self._closed.set()
            await self._pause()
        self._enter(ServiceState.stopped, None)

    async def _until_ready(self) -> bool:
        """Wait until the service can open; False when it is not to open any more."""
        self._close.clear()
        while not self._end:
            self._go.clear()
            if self._board.ready(self.definition.name):
                return True
            self._enter(*self._board.blocked(self.definition.name))
            await self._go.wait()
        return False

    async def _open_and_close(self) -> None:
        manager = self.definition.open(self._context)
        if not await self._open(manager):
            return
        prober = asyncio.create_task(self._probe_forever())
        await self._close.wait()
        prober.cancel()
        await asyncio.gather(prober, return_exceptions=True)
        await self._leave(manager)

    async def _open(self, manager: AbstractAsyncContextManager[Any]) -> bool:
        self._enter(ServiceState.starting, None)
        self._lost = None
        begun = time.perf_counter()
        self._opening = clock = asyncio.timeout(self.definition.start_timeout)
        try:
            async with clock:
                self.service = await manager.__aenter__()
        except ServiceDisabled as error:
            self._disable(str(error))
            return False
        except ServiceFailed as error:
            self._fail(str(error))
            return False
        except Exception as error:  # noqa: BLE001 - whatever one service raises must not end the others
            self._start_error(error, out_of_time=clock.expired())
            return False
        finally:
            self._opening = None
        self._start_ms = (time.perf_counter() - begun) * 1000
        self._show(await self._probe(), opened=True)
        return True

    def _start_error(self, error: Exception, *, out_of_time: bool) -> None:
        if out_of_time and self._close.is_set():
            self._enter(ServiceState.stopped, None)
        elif out_of_time:
            self._fail(f"did not start within {self.definition.start_timeout:g} s")
        else:
            log.error("service_start_error", service=self.definition.name, exc_info=error)
            self._fail(f"unexpected {type(error).__name__} while starting; the log has the details")

    async def _leave(self, manager: AbstractAsyncContextManager[Any]) -> None:
        self._enter(ServiceState.stopping, self._lost)
        self.service = None
        try:
            async with asyncio.timeout(self.definition.stop_timeout):
                await manager.__aexit__(None, None, None)
        except TimeoutError:
            log.warning("service_stop_timeout", service=self.definition.name, seconds=self.definition.stop_timeout)
        except Exception:  # a service that fails to close must not keep the others open
            log.exception("service_stop_error", service=self.definition.name)
        lost, self._lost = self._lost, None
        if lost is None:
            self._enter(ServiceState.stopped, None)
        else:
            self._fail(lost)

    async def _probe_forever(self) -> None:
        while True:
            await asyncio.sleep(self.definition.probe_interval)
            self._show(await self._probe(), opened=False)

    async def _probe(self) -> str | None:
        if not isinstance(self.service, Probed):
            return None
        begun = time.perf_counter()
        try:
            async with asyncio.timeout(self.definition.probe_timeout):
                reason = await self.service.probe()
        except TimeoutError:
            reason = f"no answer to a health probe within {self.definition.probe_timeout:g} s"
        except ServiceFailed as error:
            reason = str(error)
        except Exception as error:  # a probe that raises is an unhealthy service, not a crash
            log.debug("service_probe_error", service=self.definition.name, exc_info=error)
            reason = f"health probe raised {type(error).__name__}"
        self._last_probe = Probe(at=now(), took_ms=(time.perf_counter() - begun) * 1000, reason=reason)
        return reason

    def _show(self, reason: str | None, *, opened: bool) -> None:
        name, before = self.definition.name, self.state
        self._retry_at = None
        if reason is not None:
            self._enter(ServiceState.degraded, reason)
            if opened or before is ServiceState.running:
                log.warning("service_degraded", service=name, reason=reason)
            return
        self._enter(ServiceState.running, None)
        if before is ServiceState.degraded or self._attempts:
            log.info("service_found", service=name)
        self._attempts = 0

    def _fail(self, reason: str) -> None:
        self._attempts += 1
        self._retry_at = time.monotonic() + delay(self._attempts)
        if self._attempts == 1:
            log.warning("service_lost", service=self.definition.name, reason=reason)
        self._enter(ServiceState.failed, reason)

    def _disable(self, reason: str) -> None:
        self._retry_at = time.monotonic() + DISABLED_RETRY_SECONDS
        self._enter(ServiceState.disabled, reason)

    async def _pause(self) -> None:
        if self._retry_at is None or self._end:
            return
        self._close.clear()
        try:
            async with asyncio.timeout_at(asyncio.get_running_loop().time() + self._retry_at - time.monotonic()):
                await self._close.wait()
        except TimeoutError:
            return

    def _enter(self, state: ServiceState, reason: str | None) -> None:
        if (state, reason) == (self.state, self.reason):
            return
        if state is not self.state:
            self.since = now()
        self.state, self.reason = state, reason
        self._board.changed()
