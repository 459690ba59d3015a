"""Streams that are opened with a ticket in the address, as a browser's EventSource cannot send headers."""

from collections.abc import Callable
from typing import Any, TypeVar

from starlette.requests import HTTPConnection

EndpointT = TypeVar("EndpointT", bound=Callable[..., Any])

TICKETED = "__ticketed__"
"""The attribute of an endpoint that takes stream tickets."""

LONGEST_TICKET = 100


def ticketed(endpoint: EndpointT) -> EndpointT:
    """Let a stream be opened with `?ticket=`; stands below the decorator of the router."""
    vars(endpoint)[TICKETED] = True
    return endpoint


def takes_ticket(endpoint: object) -> bool:
    """Whether the endpoint is `ticketed`."""
    return getattr(endpoint, TICKETED, False) is True


def ticket_of(connection: HTTPConnection) -> str | None:
    """Return the ticket in the address of a request for a stream that takes one."""
    if not takes_ticket(getattr(connection.scope.get("route"), "endpoint", None)):
        return None
    ticket = connection.query_params.get("ticket")
    return ticket[:LONGEST_TICKET] if ticket else None
