"""The application as it is, with one more route that answers constant bytes: the limit for answers from the cache."""

from fastapi import Depends, Response

from app.core.access import reader
from app.core.settings import load_settings
from app.directory import SETTINGS
from app.factory import create_app

CONSTANT_PATH = "/api/constant"
CONSTANT_BYTES = 6000
"""About the length of a typical answer with ten hits."""

BODY = b'"' + b"x" * (CONSTANT_BYTES - 2) + b'"'

app = create_app(load_settings(SETTINGS))


@app.get(CONSTANT_PATH, dependencies=[Depends(reader)], include_in_schema=False)
async def constant() -> Response:
    """Answer the same bytes, behind the same middleware and the same access as search."""
    return Response(BODY, media_type="application/json")
