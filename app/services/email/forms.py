"""A message as it is sent in: JSON, or a form with files."""

from dataclasses import dataclass, field
from typing import Any

from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from app.services.email.reading import File
from app.services.email.sending_schemas import MOST_ATTACHMENTS, Outgoing

LISTS = ("to", "cc", "bcc", "references")
FILES = "attachments"
MOST_FIELDS = 500
MAX_FIELD = 2_100_000
"""Bytes: a text of 500,000 characters fits."""

SCHEMA = Outgoing.model_json_schema()
FORM = {
    "type": "object",
    "properties": SCHEMA["properties"]
    | {FILES: {"type": "array", "items": {"type": "string", "format": "binary"}, "maxItems": MOST_ATTACHMENTS}},
    "required": SCHEMA["required"],
}
BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": SCHEMA}, "multipart/form-data": {"schema": FORM}},
    }
}
"""The two forms of the body for OpenAPI: FastAPI knows one of them for a route."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A message and its files as they came."""

    message: Outgoing
    files: list[File] = field(default_factory=list)


async def sent(request: Request) -> Sent:
    """Return what a request wants to be sent.

    Raises:
        RequestValidationError: It is no message; names the fields.
    """
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        return Sent(validated(Outgoing.model_validate_json, await request.body()))
    try:
        async with request.form(max_files=MOST_ATTACHMENTS, max_fields=MOST_FIELDS, max_part_size=MAX_FIELD) as form:
            message = validated(Outgoing.model_validate, fields(form))
            return Sent(message, [await file(item) for item in form.getlist(FILES) if isinstance(item, UploadFile)])
    except HTTPException as error:  # what Starlette makes of a form that is none, or has too many parts
        raise refused("body", error.detail) from error


def fields(form: FormData) -> dict[str, Any]:
    """Return the fields of a form as those of the JSON; what may be there several times is a list."""
    found: dict[str, Any] = {}
    for name, value in form.multi_items():
        if name == FILES and isinstance(value, UploadFile):
            continue
        if isinstance(value, UploadFile):
            raise refused(name, f"Files belong into the field {FILES}")
        if name in LISTS:
            found.setdefault(name, []).append(value)
        else:
            found[name] = value
    return found


async def file(upload: UploadFile) -> File:
    """Return an upload with its bytes."""
    media_type = (upload.content_type or "").partition(";")[0].strip().lower()
    return File(upload.filename or "", media_type, await upload.read())


def validated(validate: Any, given: object) -> Outgoing:  # noqa: ANN401 - two functions of one model
    """Return the message.

    Raises:
        RequestValidationError: It is none.
    """
    try:
        found: Outgoing = validate(given)
    except ValidationError as error:
        raise RequestValidationError([{**item, "loc": ("body", *item["loc"])} for item in error.errors()]) from None
    return found


def refused(name: str, sentence: str) -> RequestValidationError:
    """Return what to raise about one field."""
    return RequestValidationError([{"type": "value_error", "loc": ("body", name), "msg": sentence}])
