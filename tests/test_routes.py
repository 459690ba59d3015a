"""What must hold for every route: it says who may call it, what it does, and which errors it answers."""

from typing import Any

import pytest
from fastapi.responses import StreamingResponse
from fastapi.routing import APIRoute

from app.core.access import ACCESS, admin, person, public, user
from app.core.limits import Body, Rate, limits_of
from app.core.settings import load_settings
from app.core.tickets import takes_ticket
from app.directory import SETTINGS
from app.factory import create_app
from app.reference import calls, routes_of

APP = create_app(load_settings(SETTINGS))
ROUTES = routes_of(APP)


def test_the_routes_are_found() -> None:
    assert {route.path_format for route in ROUTES} >= set(APP.openapi()["paths"])


def declared(route: APIRoute) -> list[object]:
    return [call for call in calls(route.dependant) if call in ACCESS]


def name(route: APIRoute) -> str:
    return f"{'/'.join(sorted(route.methods or ()))} {route.path}"


@pytest.mark.parametrize("route", ROUTES, ids=name)
def test_every_route_declares_exactly_one_access(route: APIRoute) -> None:
    assert len(set(declared(route))) == 1


@pytest.mark.parametrize("route", [route for route in ROUTES if route.include_in_schema], ids=name)
def test_every_route_is_documented_with_its_errors(route: APIRoute) -> None:
    assert route.summary
    assert route.description
    expected = set() if declared(route)[0] is public else {"401", "403"}
    assert expected <= set(documented(route))


def test_what_changes_something_is_never_open_to_anonymous_callers() -> None:
    reading = {
        "/api/rag/answer",
        "/api/rag/query",
        "/api/search/semantic",
        "/api/search/hybrid",
        "/api/search/syntax",
        "/api/search/analyze",
    }
    entrance = {"/api/auth/register", "/api/auth/login", "/api/auth/token", "/api/auth/refresh"}
    for route in ROUTES:
        if (route.methods or set()) - {"GET", "HEAD"} and route.path not in reading | entrance:
            assert declared(route)[0] in (user, person, admin), name(route)


def test_what_browsers_open_as_a_stream_takes_a_ticket_and_nothing_else_does() -> None:
    documented = {
        path
        for path, operations in APP.openapi()["paths"].items()
        for operation in operations.values()
        if "ticket" in {item["name"] for item in operation.get("parameters", ())}
    }
    streams = {
        route.path
        for route in ROUTES
        if "GET" in (route.methods or ())
        and isinstance(route.response_class, type)
        and issubclass(route.response_class, StreamingResponse)
    }
    assert streams == {route.path for route in ROUTES if takes_ticket(route.endpoint)} == documented
    assert streams


def test_operation_ids_are_unique() -> None:
    schema = APP.openapi()
    ids = [operation["operationId"] for path in schema["paths"].values() for operation in path.values()]
    assert len(ids) == len(set(ids))


def rates() -> dict[Rate, set[str]]:
    found: dict[Rate, set[str]] = {rate: set() for rate in Rate}
    for route in ROUTES:
        found[limits_of({"route": route}).rate].add(route.path)
    return found


def test_each_route_costs_what_it_is() -> None:
    assert rates()[Rate.auth] == {
        "/api/auth/register",
        "/api/auth/login",
        "/api/auth/token",
        "/api/auth/change-password",
    }
    assert rates()[Rate.free] == {"/metrics", "/api/health", "/api/health/live", "/api/health/ready"}
    assert rates()[Rate.search] >= {"/api/rag/query", "/api/rag/search", "/api/search/semantic", "/api/search/hybrid"}


def test_only_routes_with_bodies_have_a_class_of_body() -> None:
    for route in ROUTES:
        if limits_of({"route": route}).body is not Body.json:
            assert (route.methods or set()) & {"POST", "PUT", "PATCH"}, name(route)


def documented(route: APIRoute) -> dict[str, dict[str, Any]]:
    """The answers of a route by status, as the OpenAPI document has them."""
    (method,) = tuple(route.methods or ())
    found: dict[str, dict[str, Any]] = APP.openapi()["paths"][route.path_format][method.lower()]["responses"]
    return found


@pytest.mark.parametrize("route", [route for route in ROUTES if route.include_in_schema], ids=name)
def test_every_refusal_of_the_walls_is_documented(route: APIRoute) -> None:
    found = documented(route)
    text = {status: answer["description"] for status, answer in found.items()}
    assert "`untrusted_host`" in text["400"]
    assert ("429" in found) == (limits_of({"route": route}).rate is not Rate.free)
    if declared(route)[0] is not public:
        assert "`service_not_running`" in text["503"]
        assert "`not_authenticated`" in text["401"]
    if route.body_field is not None:
        assert {"408", "413", "415", "422"} <= set(found)
    for status, answer in found.items():
        if int(status) >= 400 and (route.path, status) not in {("/api/health", "503"), ("/api/health/ready", "503")}:
            assert "application/problem+json" in answer["content"], status


def test_a_status_has_each_of_its_codes_once() -> None:
    for route in ROUTES:
        for answer in documented(route).values() if route.include_in_schema else ():
            parts = answer["description"].split(" or ")
            assert len(parts) == len(set(parts)), (name(route), parts)


def test_what_the_framework_would_answer_is_not_documented() -> None:
    assert not {"HTTPValidationError", "ValidationError"} & set(APP.openapi().get("components", {}).get("schemas", {}))
    assert "HTTPValidationError" not in str(APP.openapi())
