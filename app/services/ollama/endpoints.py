"""Ollama over HTTP."""

from fastapi import APIRouter, Depends, Request

from app.core.access import NotAuthenticated, reader
from app.core.adapter import AdapterStatus, status_of
from app.core.errors import responses

router = APIRouter(prefix="/api/ollama", tags=["ollama"], responses=responses(NotAuthenticated))


@router.get("/status", dependencies=[Depends(reader)], summary="Whether Ollama is there")
async def status(request: Request) -> AdapterStatus:
    """Tell whether Ollama was found, and what to do if it was not."""
    return status_of(request, "ollama")
