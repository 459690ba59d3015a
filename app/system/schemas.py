"""What the system routes answer."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from app.core.registry import ServiceState
from app.core.settings import Environment


class Welcome(BaseModel):
    """The answer of the root for programs."""

    message: str = "Reynard API is running"
    version: str
    environment: Environment
    docs_url: str = "/api/docs"


class ServiceHealth(BaseModel):
    """One service in the overall health."""

    status: ServiceState
    required: bool
    reason: str | None


class Health(BaseModel):
    """The health of the process, from the last probes."""

    status: Literal["healthy", "degraded", "unhealthy"]
    version: str
    environment: Environment
    timestamp: datetime
    uptime_s: float
    services: dict[str, ServiceHealth]


class ProbeResult(BaseModel):
    """The last health probe of a service."""

    model_config = ConfigDict(from_attributes=True)

    at: datetime
    took_ms: float
    reason: str | None


class Service(BaseModel):
    """One service as the registry sees it; times in milliseconds where named `_ms`, else seconds."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    state: ServiceState
    since: datetime
    reason: str | None
    priority: int
    required: bool
    needs: list[str]
    wants: list[str]
    start_ms: float | None
    attempts: int
    retry_in: float | None
    last_probe: ProbeResult | None
