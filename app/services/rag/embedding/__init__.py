"""The built-in embedding: a table of word vectors that needs no network, no torch and no start-up time."""

from app.services.rag.embedding.static import StaticEmbedding

__all__ = ["StaticEmbedding"]
