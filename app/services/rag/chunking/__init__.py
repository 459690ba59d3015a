"""Cuts files into chunks that follow their syntax, each with its lines, symbol and the symbols it defines."""

from app.services.rag.chunking.chunk import CHUNKER_VERSION, Chunk, Symbol
from app.services.rag.chunking.chunker import chunk
from app.services.rag.chunking.language import language_of, modality_of

__all__ = ["CHUNKER_VERSION", "Chunk", "Symbol", "chunk", "language_of", "modality_of"]
