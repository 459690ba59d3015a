"""What the routes of the world share."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from app.core.access import NotAuthenticated
from app.core.errors import responses
from app.core.lifespan import running
from app.services.ecs.errors import EngineAway
from app.services.ecs.service import Ecs

EcsDep = Annotated[Ecs, Depends(running("ecs", Ecs))]
Id = Annotated[str, Path(max_length=64, examples=["rowan"])]
Limit = Annotated[int, Query(ge=1, le=200)]
Offset = Annotated[int, Query(ge=0, le=10**9)]


def world_router() -> APIRouter:
    """Return a router for one theme of the world."""
    return APIRouter(prefix="/api/ecs", tags=["ecs"], responses=responses(NotAuthenticated, EngineAway))
