"""What of a chunk is embedded, and the key under which vectors of it are found again."""

from hashlib import sha256
from posixpath import splitext

KEY_BYTES = 16


def embedded_text(path: str, symbol: str | None, text: str) -> str:
    """Return what is embedded of a chunk: a line for its path, one for its symbol, then its text.

    Where it stands says as much about it as what it holds, but for the ending of the file, which many share.
    """
    return f"{splitext(path)[0]}\n{symbol or ''}\n{text}"


def embedding_key(embedded: str) -> bytes:
    """Return the key of an embedded text (SHA-256, 128 bits of it): no leg embeds the same text twice."""
    return sha256(embedded.encode()).digest()[:KEY_BYTES]
