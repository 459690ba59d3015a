"""SQL, templates and markup in every string parameter: to us they are text that is not found, or does not fit."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from fastapi.routing import APIRoute

from app.core.settings import load_settings
from app.directory import SETTINGS
from app.factory import create_app
from app.reference import access_of, routes_of
from tests.hostile.attack import Attack, Scene, http, sent_json

PAYLOADS = (
    "' OR '1'='1",
    "1; DROP TABLE files; --",
    "') UNION SELECT password_hash FROM users --",
    "\\'; SELECT pg_sleep(10); --",
    "$1 :name %s %(a)s {0} ${7*7} {{7*7}}",
    "<script>alert(1)</script>",
)
HARMLESS = (200, 202, 400, 401, 403, 404, 409, 415, 422, 502, 503)
"""503 and 502 are of neighbours that are away; a statement that broke would be a 500."""

LEAKING = ('password_hash FROM users --"', "pbkdf2")

APP = create_app(load_settings(SETTINGS))


def string_parameters(route: APIRoute) -> Iterator[tuple[str, str]]:
    """Yield place and name of the parameters of a route that take text."""
    for method in route.methods or ():
        operation = APP.openapi()["paths"][route.path_format][method.lower()]
        for parameter in operation.get("parameters", ()):
            if "string" in str(parameter.get("schema", {})) or parameter["in"] == "path":
                yield parameter["in"], parameter["name"]


def string_fields(route: APIRoute) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the text fields of the body of a route, each with a body in which the others have an example."""
    document = APP.openapi()
    for method in route.methods or ():
        content = document["paths"][route.path_format][method.lower()].get("requestBody", {}).get("content", {})
        schema = content.get("application/json", {}).get("schema", {})
        names = [found.rpartition("/")[2] for found in references(schema)]
        for name in names[:1]:
            properties = document["components"]["schemas"][name].get("properties", {})
            given = {key: value["examples"][0] for key, value in properties.items() if value.get("examples")}
            for key, value in properties.items():
                if "string" in str(value):
                    yield key, given


def references(schema: object) -> Iterator[str]:
    """Yield what a schema refers to."""
    if isinstance(schema, dict):
        for key, value in schema.items():
            if key == "$ref":
                yield value
            else:
                yield from references(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from references(value)


def attacks(scene: Scene) -> Iterator[Attack]:
    """Yield one for each text parameter and field of each route, the payloads in turn."""
    number = 0
    for route in routes_of(APP):
        if not route.include_in_schema or "stream" in str(route.response_class).lower():
            continue
        method = next(iter(route.methods or ()))
        token = scene.admin if access_of(route) in ("admin", "operator") else scene.user
        for place, name in string_parameters(route):
            payload = PAYLOADS[number % len(PAYLOADS)]
            number += 1
            if place == "path":
                target = route.path_format.replace(f"{{{name}}}", quote(payload, safe=""))
                target = "".join(part.split("}")[-1] if "}" in part else part for part in target.split("{"))
            else:
                target = f"{route.path_format.replace('{', '').replace('}', '')}?{name}={quote(payload)}"
                target += "" if name in ("q", "query") else "&q=a&query=a" if "search" in target else ""
            body = {"Content-Type": "application/json"} if route.body_field else {}
            request = http(method, target, body, b"{}" if body else b"", token)
            yield Attack(f"{method} {route.path} with {name}={payload}", request, HARMLESS, absent=LEAKING)
        for field, given in string_fields(route):
            payload = PAYLOADS[number % len(PAYLOADS)]
            number += 1
            target = route.path_format.replace("{", "").replace("}", "")
            request = sent_json(method, target, {**given, field: payload}, token)
            yield Attack(f"{method} {route.path} with a {field} of {payload}", request, HARMLESS, absent=LEAKING)
