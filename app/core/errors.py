"""The one root of errors a caller may see, and their form on the wire: RFC 9457 problem details."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field


class FieldProblem(BaseModel):
    """One field of a request that was refused."""

    field: str = Field(examples=["password"])
    message: str = Field(examples=["String should have at least 8 characters"])


class Problem(BaseModel):
    """The body of every error answer, `application/problem+json` (RFC 9457)."""

    model_config = ConfigDict(
        json_schema_extra={"required": ["type", "title", "status", "detail", "code", "request_id"]}
    )

    type: str = Field(description="A URI that names the kind of problem", examples=["about:blank"])
    title: str = Field(examples=["Not found"])
    status: int = Field(examples=[404])
    detail: str = Field(description="One sentence a person can act on")
    code: str = Field(description="Stable, for programs", examples=["not_found"])
    request_id: str = Field(description="Also in the X-Request-ID header and in the log")
    errors: list[FieldProblem] | None = Field(default=None, description="The refused fields, for invalid input")


class ApiError(Exception):
    """An error that is meant for the caller.

    A room subclasses it in its `errors.py` and sets `status`, `code` and `title`; the text of the raised
    error is the `detail`. `errors` names the fields that are to blame, where there are some.
    """

    status: ClassVar[int] = 400
    code: ClassVar[str] = "bad_request"
    title: ClassVar[str] = "Bad request"

    def __init__(
        self, detail: str, *, headers: Mapping[str, str] | None = None, errors: Sequence[FieldProblem] | None = None
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.headers = dict(headers or {})
        self.errors = None if errors is None else list(errors)


class InvalidInput(ApiError):
    """A field does not fit; `errors` names each, and what it should be."""

    status = 422
    code = "invalid_input"
    title = "Invalid input"


class UnexpectedError(ApiError):
    """An error nobody planned for; what is known of it is in the log."""

    status = 500
    code = "internal_error"
    title = "Internal error"


def responses(*errors: type[ApiError]) -> dict[int | str, dict[str, Any]]:
    """Return the `responses=` of a route that may raise `errors`, for OpenAPI."""
    by_status: dict[int, Sequence[type[ApiError]]] = {}
    for error in errors:
        by_status[error.status] = (*by_status.get(error.status, ()), error)
    return {
        status: {
            "description": " or ".join(f"{error.title} (`{error.code}`)" for error in group),
            "content": {"application/problem+json": {"schema": Problem.model_json_schema()}},
        }
        for status, group in by_status.items()
    }
