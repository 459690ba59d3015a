"""Who embeds: one file for each backend, and one way to ask them all."""

from app.services.rag.legs.backends.backend import (
    Backend,
    BackendBusy,
    BackendError,
    DimensionChanged,
    Embedder,
    Vectors,
)
from app.services.rag.legs.backends.make import make_embedder

__all__ = ["Backend", "BackendBusy", "BackendError", "DimensionChanged", "Embedder", "Vectors", "make_embedder"]
