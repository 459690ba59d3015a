"""The reference of all routes and error codes, written from the code itself."""

from collections.abc import Iterator

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts

from app.core.access import ACCESS
from app.core.errors import ApiError

HEAD = """\
# Routes and error codes

Written by `make docs` from the code; a test compares. Settings are in the README, request and answer models at
`/api/docs`.

`public`: anybody. `reader`: anybody if `AUTH_ANONYMOUS_READ` allows (development does), else a token. `user`: a token.
`person`: a token of somebody who logged in, and no personal access token. `admin`: a token of an administrator.
`operator`: the same, or a program on this machine that asks directly.

A personal access token needs the scope `read` for `reader` routes and for GET of `user` routes, `write` for the other
`user` routes, `admin` for `admin` and `operator`. A guest has `read`, a user `read` and `write`, an administrator all.
"""

FRAMEWORK_CODES = (
    ("method_not_allowed", 405, "The path exists, but not for this method."),
    ("not_found", 404, "There is no such path."),
)
"""Codes of errors that the framework raises and `app/core/problems.py` answers."""


def routes_of(app: FastAPI) -> list[APIRoute]:
    """Return every route of the API in the order of the documentation."""
    found = (context.original_route for context in iter_route_contexts(app.routes))
    return [route for route in found if isinstance(route, APIRoute)]


def access_of(route: APIRoute) -> str:
    """Return who may call the route: the name of the dependency that says so."""
    return next(getattr(call, "__name__", "") for call in calls(route.dependant) if call in ACCESS)


def calls(dependant: Dependant) -> Iterator[object]:
    """Yield the dependencies of a route, not entering those that declare access: admin stands on user."""
    for inner in dependant.dependencies:
        yield inner.call
        if inner.call not in ACCESS:
            yield from calls(inner)


def errors() -> list[type[ApiError]]:
    """Return every error a caller may see that has a code of its own, by code."""
    found: list[type[ApiError]] = []
    waiting: list[type[ApiError]] = [ApiError]
    while waiting:
        for kind in waiting.pop().__subclasses__():
            waiting.append(kind)
            if "code" in vars(kind) and kind.__module__.startswith("app."):
                found.append(kind)
    return sorted(found, key=lambda kind: kind.code)


def reference(app: FastAPI) -> str:
    """Return the reference of `app` as Markdown."""
    lines = [HEAD]
    tags: dict[str, list[APIRoute]] = {}
    for route in routes_of(app):
        if route.include_in_schema:
            tags.setdefault(str(route.tags[0]), []).append(route)
    for tag, routes in tags.items():
        lines += [f"## {tag}", "", "| route | who | does |", "|---|---|---|"]
        lines += [
            f"| `{'/'.join(sorted(route.methods or ()))} {route.path_format}` | {access_of(route)} | {route.summary} |"
            for route in routes
        ]
        lines.append("")
    lines += ["## Error codes", "", "| code | status | when |", "|---|---|---|"]
    known = [(kind.code, kind.status, sentence(kind)) for kind in errors()]
    lines += [f"| `{code}` | {status} | {when} |" for code, status, when in sorted([*known, *FRAMEWORK_CODES])]
    return "\n".join(lines) + "\n"


def sentence(kind: type[ApiError]) -> str:
    """Return the first paragraph of the error's docstring on one line."""
    return " ".join((kind.__doc__ or "").strip().split("\n\n")[0].split())
