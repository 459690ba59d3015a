"""Words of code and prose as BM25 sees them: the same tokens for what is stored and what is asked."""

from app.services.rag.lexical.bm25 import document_vector, query_vector
from app.services.rag.lexical.terms import DIMENSION, term_id
from app.services.rag.lexical.tokens import query_tokens, tokens

__all__ = ["DIMENSION", "document_vector", "query_tokens", "query_vector", "term_id", "tokens"]
