"""The numbers for Prometheus."""

from fastapi import APIRouter, Depends
from starlette.responses import Response

from app.core.access import NotAllowed, NotAuthenticated, operator
from app.core.errors import responses
from app.core.limits import Rate, limits
from app.core.metrics import exposition
from app.core.metrics.exposition import CONTENT_TYPE

router = APIRouter(tags=["system"], dependencies=[Depends(operator)])


@router.get(
    "/metrics",
    summary="Numbers for Prometheus",
    response_class=Response,
    responses={200: {"content": {"text/plain": {}}}, **responses(NotAuthenticated, NotAllowed)},
)
@limits(Rate.free)
def metrics() -> Response:
    """Add up what all processes of this data directory counted. A program on this machine needs no token."""
    return Response(exposition(), media_type=CONTENT_TYPE)
