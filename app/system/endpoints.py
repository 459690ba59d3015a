"""Health and the registry over HTTP."""

import time
from typing import Any, Literal

from fastapi import APIRouter, Depends, Request, Response

from app.core.access import NotAllowed, NotAuthenticated, admin, public, reader
from app.core.errors import responses
from app.core.lifespan import state_of
from app.core.limits import Rate, limits
from app.core.registry import ServiceState, ServiceStatus, UnknownService
from app.core.registry.state import now
from app.core.settings import VERSION
from app.system.schemas import Health, Service, ServiceHealth, Welcome

router = APIRouter(tags=["system"])

STARTED = time.monotonic()
GOOD = (ServiceState.running, ServiceState.disabled)
DOWN: dict[int | str, dict[str, Any]] = {503: {"model": Health, "description": "A required service is down"}}


@router.get("/", dependencies=[Depends(public)], summary="Say that the API runs")
async def welcome(request: Request) -> Welcome:
    """Name the version, the environment and where the documentation is."""
    return Welcome(version=VERSION, environment=state_of(request)["settings"].environment)


@router.get("/api/health", dependencies=[Depends(public)], summary="Health of every service", responses=DOWN)
@limits(Rate.free)
async def health(request: Request, response: Response) -> Health:
    """Answer from the last probes, so never slower than a millisecond; 503 if a required service is down."""
    settings, registry = state_of(request)["settings"], state_of(request)["registry"]
    services = registry.status()
    overall = overall_health(services)
    if overall == "unhealthy":
        response.status_code = 503
    return Health(
        status=overall,
        version=VERSION,
        environment=settings.environment,
        timestamp=now(),
        uptime_s=round(time.monotonic() - STARTED, 3),
        services={
            name: ServiceHealth(status=item.state, required=item.required, reason=item.reason)
            for name, item in services.items()
        },
    )


def overall_health(services: dict[str, ServiceStatus]) -> Literal["healthy", "degraded", "unhealthy"]:
    """Return unhealthy when a required service is not open, degraded when anything else is not well."""
    if any(item.required and not item.state.usable and item.state not in GOOD for item in services.values()):
        return "unhealthy"
    return "healthy" if all(item.state in GOOD for item in services.values()) else "degraded"


@router.get("/api/health/live", dependencies=[Depends(public)], summary="Whether the process answers")
@limits(Rate.free)
async def live() -> dict[str, str]:
    """Answer as long as the event loop turns; for a supervisor that restarts hung processes."""
    return {"status": "alive"}


@router.get(
    "/api/health/ready", dependencies=[Depends(public)], summary="Whether to send requests here", responses=DOWN
)
@limits(Rate.free)
async def ready(request: Request, response: Response) -> Health:
    """Answer 503 until every required service is open; for a load balancer."""
    return await health(request, response)


@router.get(
    "/api/services",
    dependencies=[Depends(reader)],
    summary="The service registry",
    responses=responses(NotAuthenticated),
)
async def services(request: Request) -> list[Service]:
    """List every service with its state, the reason, what it waits for and how long it took to start."""
    return [Service.model_validate(item) for item in state_of(request)["registry"].status().values()]


@router.post(
    "/api/services/{name}/restart",
    dependencies=[Depends(admin)],
    summary="Close a service and open it again",
    responses=responses(UnknownService, NotAuthenticated, NotAllowed),
)
@limits(Rate.expensive)
async def restart(request: Request, name: str) -> Service:
    """Close the service with everything that needs it, and let them open again."""
    registry = state_of(request)["registry"]
    await registry.restart(name)
    return Service.model_validate(registry.status()[name])
