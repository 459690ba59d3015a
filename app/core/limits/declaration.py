"""A route says which class of rate and of body it belongs to; one that says nothing is default and JSON."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from starlette.types import Scope

EndpointT = TypeVar("EndpointT", bound=Callable[..., Any])

DECLARED = "__limits__"
"""The attribute of an endpoint that holds its limits: read without cost while a request is served."""


class Rate(StrEnum):
    """Classes of routes by what a call costs us; each but `free` has its setting RATE_LIMIT_<CLASS>."""

    free = "free"
    default = "default"
    search = "search"
    expensive = "expensive"
    auth = "auth"


class Body(StrEnum):
    """Classes of routes by how large a body they take."""

    json = "json"
    documents = "documents"
    upload = "upload"


@dataclass(frozen=True, slots=True)
class Limits:
    """The classes of one route."""

    rate: Rate = Rate.default
    body: Body = Body.json


NONE_DECLARED = Limits()


def limits(rate: Rate = Rate.default, body: Body = Body.json) -> Callable[[EndpointT], EndpointT]:
    """Declare the limits of an endpoint; stands below the decorator of the router."""

    def declare(endpoint: EndpointT) -> EndpointT:
        vars(endpoint)[DECLARED] = Limits(rate, body)
        return endpoint

    return declare


def limits_of(scope: Scope) -> Limits:
    """Return what the route of this request declared; what is not routed yet, or a mount, declared nothing."""
    endpoint = getattr(scope.get("route"), "endpoint", None)
    found = getattr(endpoint, DECLARED, NONE_DECLARED)
    assert isinstance(found, Limits)  # noqa: S101 - tells the type checker what only `limits` sets
    return found
