"""The OpenAPI document: what any route may answer follows from what it declares, so that none can forget it."""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

from app.core.access import NotAllowed, NotAuthenticated, public
from app.core.errors import ApiError, InvalidInput, UnexpectedError, responses
from app.core.lifespan import service_of
from app.core.limits import Body, Rate, limits_of
from app.core.limits.errors import RateLimited
from app.core.registry import ServiceNotRunning
from app.core.tickets import LONGEST_TICKET, takes_ticket
from app.db.faults import DatabaseFull, DatabaseUnavailable
from app.middleware.errors import BodyTooLarge, BodyTooSlow, JsonTooDeep, UnsupportedMediaType, UntrustedHost
from app.reference import calls, routes_of

TICKET: dict[str, Any] = {
    "name": "ticket",
    "in": "query",
    "required": False,
    "description": "From POST /api/auth/stream-ticket, instead of a token: an EventSource cannot send headers",
    "schema": {"type": "string", "maxLength": LONGEST_TICKET},
}

FRAMEWORKS_OWN = ("HTTPValidationError", "ValidationError")
"""What FastAPI documents for invalid input, which is answered as `Problem` here."""


class Api(FastAPI):
    """FastAPI whose document names every status that its walls, access and services answer."""

    def openapi(self) -> dict[str, Any]:
        """Return the document, made once."""
        if self.openapi_schema is None:
            document = super().openapi()
            for route in routes_of(self):
                for method in route.methods or () if route.include_in_schema else ():
                    complete(document["paths"][route.path_format][method.lower()], route)
            for name in FRAMEWORKS_OWN:
                document.get("components", {}).get("schemas", {}).pop(name, None)
        return super().openapi()


def complete(operation: dict[str, Any], route: APIRoute) -> None:
    """Add to an operation what its route may answer besides what it declares itself."""
    declared = operation["responses"]
    if "422" in declared and "application/problem+json" not in declared["422"].get("content", {}):
        del declared["422"]
    if takes_ticket(route.endpoint):
        operation.setdefault("parameters", []).append(TICKET)
    takes_input = bool(operation.get("parameters") or operation.get("requestBody"))
    for status, found in responses(*refusals(route, takes_input=takes_input)).items():
        given = declared.setdefault(str(status), found)
        added = [part for part in found["description"].split(" or ") if part not in given["description"]]
        if added:
            declared[str(status)] = {
                "description": " or ".join([given["description"], *added]),
                "content": {**given.get("content", {}), **found["content"]},
            }


def refusals(route: APIRoute, *, takes_input: bool) -> Iterator[type[ApiError]]:
    """Yield what the walls, access, the registry and the databases may refuse a call of this route with."""
    asked = set(calls(route.dependant))
    yield from (UntrustedHost, UnexpectedError)
    if limits_of({"route": route}).rate is not Rate.free:
        yield RateLimited
    if public not in asked:
        yield from (NotAuthenticated, NotAllowed)
    if public not in asked or any(service_of(call) for call in asked):
        yield from (ServiceNotRunning, DatabaseUnavailable)
    if (route.methods or set()) - {"GET", "HEAD"} and any(service_of(call) for call in asked):
        yield DatabaseFull
    if takes_input:
        yield InvalidInput
    if route.body_field is not None:
        yield from (BodyTooLarge, BodyTooSlow, UnsupportedMediaType, ApiError)
        if limits_of({"route": route}).body is not Body.upload:
            yield JsonTooDeep
