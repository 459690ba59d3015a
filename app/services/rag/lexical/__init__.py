"""Words of code and prose as BM25 sees them: the same tokens for what is stored and what is asked."""

from app.services.rag.lexical.bm25 import document_vector, inverse_frequency, query_vector
from app.services.rag.lexical.stem import stem
from app.services.rag.lexical.terms import DIMENSION, term_id
from app.services.rag.lexical.tokens import query_tokens, significant_words, tokens

__all__ = [
    "DIMENSION",
    "document_vector",
    "inverse_frequency",
    "query_tokens",
    "query_vector",
    "significant_words",
    "stem",
    "term_id",
    "tokens",
]
