"""Every error answer as problem+json."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.errors import ApiError, FieldProblem, InvalidInput, Problem, UnexpectedError

log = structlog.get_logger(__name__)

UNREADABLE = (ValueError, RecursionError)
"""What Python's JSON parser raises besides its own error: bad UTF-8, integers of more than 4,300 digits."""

MEDIA_TYPE = "application/problem+json"


def problem(
    request: Request, *, status: int, title: str, detail: str, code: str, errors: list[FieldProblem] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:  # fmt: skip
    """Return the response for one error."""
    body = Problem(
        type="about:blank",
        title=title,
        status=status,
        detail=detail,
        code=code,
        request_id=request.state.request_id,
        errors=errors,
    )
    content = body.model_dump_json(exclude_none=True).encode()
    return Response(content, status, dict(headers or {}), media_type=MEDIA_TYPE)


def answer(request: Request, error: ApiError) -> Response:
    """Return the response for an error that was raised for the caller."""
    return problem(
        request,
        status=error.status,
        title=error.title,
        detail=error.detail,
        code=error.code,
        errors=error.errors,
        headers=error.headers,
    )


async def on_api_error(request: Request, error: Exception) -> Response:
    """Answer an error that was raised for the caller."""
    assert isinstance(error, ApiError)  # noqa: S101 - FastAPI's handler type is wider than what it registers
    return answer(request, error)


async def on_invalid(request: Request, error: Exception) -> Response:
    """Answer input that does not fit the route, naming each field and never echoing its value."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 - same
    return invalid(request, [field_problem(item) for item in error.errors()])


def invalid(request: Request, fields: list[FieldProblem]) -> Response:
    """Return the response for fields that do not fit."""
    return problem(
        request,
        status=InvalidInput.status,
        title=InvalidInput.title,
        detail="; ".join(f"{item.field}: {item.message}" for item in fields),
        code=InvalidInput.code,
        errors=fields,
    )


def field_problem(item: Mapping[str, Any]) -> FieldProblem:
    """Return what is wrong with one field, or with the whole body if it is no JSON at all."""
    if item["type"] == "json_invalid":
        reason = item.get("ctx", {}).get("error", "it does not parse")
        return FieldProblem(field="body", message=f"This is not valid JSON: {reason}")
    return FieldProblem(field=_field(item["loc"]), message=item["msg"])


def _field(location: tuple[str | int, ...]) -> str:
    inner = location[1:] if location[0] in ("body", "query", "path", "header") else location
    return ".".join(map(str, inner)) or str(location[0])


async def on_http_exception(request: Request, error: Exception) -> Response:
    """Answer what the framework itself refuses: unknown paths, wrong methods, bodies that do not parse.

    While it reads a body, FastAPI wraps whatever is raised, so that the real reason is the cause.
    """
    assert isinstance(error, HTTPException)  # noqa: S101 - same
    if isinstance(error.__cause__, ApiError):
        return answer(request, error.__cause__)
    if isinstance(error.__cause__, UNREADABLE):
        message = "This is not valid JSON: it must be UTF-8, and no number may be huge"
        return invalid(request, [FieldProblem(field="body", message=message)])
    titles = {404: "Not found", 405: "Method not allowed"}
    details = {
        404: f"There is nothing at {request.url.path}; the routes are listed at /api/docs.",
        405: f"{request.method} is not possible here; the routes are listed at /api/docs.",
    }
    title = titles.get(error.status_code, HTTPStatus(error.status_code).phrase)
    return problem(
        request,
        status=error.status_code,
        title=title,
        detail=details.get(error.status_code, str(error.detail)),
        code=title.lower().replace(" ", "_"),
        headers=error.headers,
    )


class UnexpectedErrors:
    """Innermost middleware: an error nobody planned for becomes a 500 without details, and a log entry.

    `translate` tells apart what is nobody's fault in the code, such as a database that went away.
    """

    def __init__(self, app: ASGIApp, translate: Callable[[Exception], ApiError | None]) -> None:
        self.app = app
        self.translate = translate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def note_start(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, note_start)
        except Exception as error:  # the edge of the process: whatever passes here must become an answer
            if started:
                raise
            await self._answer(Request(scope), error)(scope, receive, send)

    def _answer(self, request: Request, error: Exception) -> Response:
        known = self.translate(error)
        if known is None:
            log.error("unexpected_error", path=request.url.path, exc_info=error)
            known = UnexpectedError("Something unexpected went wrong; the log has the details under this request id.")
        else:
            log.warning(known.code, path=request.url.path, error=type(error).__name__)
        return answer(request, known)


def install(app: FastAPI) -> None:
    """Register the handlers on `app`."""
    app.add_exception_handler(ApiError, on_api_error)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(HTTPException, on_http_exception)
