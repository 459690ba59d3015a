"""Query parameters as a model, parsed once for each distinct query string.

FastAPI parses them anew for every request, which costs an answer from the cache more than finding it.
"""

from collections.abc import Callable, Coroutine
from functools import lru_cache
from typing import Any, TypeVar, get_origin
from urllib.parse import parse_qsl

from fastapi.exceptions import RequestValidationError
from pydantic import AliasChoices, BaseModel, ValidationError
from pydantic.fields import FieldInfo
from starlette.requests import Request

M = TypeVar("M", bound=BaseModel)

REMEMBERED = 4096
LONGEST = 1024
"""Bytes of a query string that is remembered: with their models all of them are about 10 MB."""

MOST_PARAMETERS = 1000
"""Of one query string; a list may have 50 entries."""


def names_of(name: str, field: FieldInfo) -> list[str]:
    """Return the names under which a field may be given."""
    alias = field.validation_alias
    return [str(choice) for choice in alias.choices] if isinstance(alias, AliasChoices) else [str(alias or name)]


def query(kind: type[M]) -> Callable[[Request], Coroutine[Any, Any, M]]:
    """Return a dependency that yields the query parameters as `kind`, a frozen model; see `documented`.

    A list is a parameter that is given several times. Of another parameter the last one counts.
    """
    lists = {
        given
        for name, field in kind.model_fields.items()
        if get_origin(field.annotation) is list
        for given in names_of(name, field)
    }

    def parse(query_string: bytes) -> M:
        values: dict[str, Any] = {}
        pairs = parse_qsl(query_string.decode("latin-1"), keep_blank_values=True, max_num_fields=MOST_PARAMETERS)
        for name, value in pairs:
            if name in lists:
                values.setdefault(name, []).append(value)
            else:
                values[name] = value
        return kind.model_validate(values)

    remembering = lru_cache(REMEMBERED)(parse)

    async def parsed(request: Request) -> M:
        query_string: bytes = request.scope["query_string"]
        try:
            return (remembering if len(query_string) <= LONGEST else parse)(query_string)
        except ValidationError as error:
            raise RequestValidationError(
                [{**item, "loc": ("query", *item["loc"])} for item in error.errors()]
            ) from None
        except ValueError:
            problem = {
                "type": "too_many",
                "loc": ("query",),
                "msg": f"At most {MOST_PARAMETERS} parameters can be given",
            }
            raise RequestValidationError([problem]) from None

    return parsed


def documented(kind: type[BaseModel]) -> dict[str, Any]:
    """Return the `openapi_extra` of a route that takes `kind` by `query`."""
    schema = kind.model_json_schema()
    required = schema.get("required", [])
    parameters = []
    for name, field in kind.model_fields.items():
        given = names_of(name, field)[0]
        content = {
            key: value for key, value in schema["properties"][given].items() if key not in ("title", "description")
        }
        entry = {"name": given, "in": "query", "required": given in required, "schema": content}
        parameters.append(entry | ({"description": field.description} if field.description else {}))
    return {"parameters": parameters}
