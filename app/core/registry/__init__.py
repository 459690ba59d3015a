"""The service registry: it opens, watches, retries and closes the services of one process.

A service is an async context manager: entering it is start-up, leaving it is shutdown. The registry
knows when to enter (its needs run), how long that may take, what to do when it fails (stop the boot if
the service is required, else try again for as long as the process runs), and in which order to leave.

Read in this order: `definition.py` (what a service declares), `state.py` (what can be said about it),
`graph.py` (who waits for whom), `keeper.py` (one service's life), `registry.py` (all of them together).
"""

from app.core.registry.context import Context
from app.core.registry.definition import Probed, ServiceDefinition, ServiceDisabled, ServiceFailed
from app.core.registry.registry import BootError, Registry, ServiceNotRunning, UnknownService
from app.core.registry.state import ServiceState, ServiceStatus

__all__ = [
    "BootError",
    "Context",
    "Probed",
    "Registry",
    "ServiceDefinition",
    "ServiceDisabled",
    "ServiceFailed",
    "ServiceNotRunning",
    "ServiceState",
    "ServiceStatus",
    "UnknownService",
]
