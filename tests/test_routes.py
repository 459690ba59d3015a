"""What must hold for every route: it says who may call it, what it does, and which errors it answers."""

import pytest
from fastapi.routing import APIRoute

from app.core.access import ACCESS, admin, person, public, user
from app.core.limits import Body, Rate, limits_of
from app.core.settings import load_settings
from app.directory import SETTINGS
from app.factory import create_app
from app.reference import calls, routes_of

APP = create_app(load_settings(SETTINGS))
ROUTES = routes_of(APP)


def test_the_routes_are_found() -> None:
    assert {route.path for route in ROUTES} >= set(APP.openapi()["paths"])


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
    access = declared(route)[0]
    expected = set() if access is public else {401, 403}
    assert expected <= set(route.responses)


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
