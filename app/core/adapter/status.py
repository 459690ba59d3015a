"""`GET /api/<adapter>/status`: 200 whatever the neighbour does, and it says which."""

from pydantic import BaseModel, Field
from starlette.requests import HTTPConnection

from app.core.adapter.neighbour import Adapter
from app.core.lifespan import state_of
from app.core.registry import ServiceNotRunning, ServiceState


class AdapterStatus(BaseModel):
    """How an adapter is."""

    status: ServiceState = Field(description="The state of the service", examples=["running"])
    reason: str | None = Field(description="Why it does not run, and what to do")
    version: str | None = Field(description="What the neighbour said it is", examples=["0.12.3"])


def status_of(connection: HTTPConnection, name: str) -> AdapterStatus:
    """Return the status of the adapter service `name`."""
    registry = state_of(connection)["registry"]
    found = registry.status()[name]
    try:
        version = registry.get(name, Adapter).version
    except ServiceNotRunning:
        version = None
    return AdapterStatus(status=found.state, reason=found.reason, version=version)
