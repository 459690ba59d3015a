"""What of a chunk is embedded, and the key under which vectors of it are found again."""

from hashlib import sha256

KEY_BYTES = 16


def embedded_text(path: str, symbol: str | None, text: str) -> str:
    """Return what is embedded of a chunk: where it stands says as much about it as what it holds."""
    return f"{path} {symbol or ''}\n{text}"


def embedding_key(embedded: str) -> bytes:
    """Return the key of an embedded text (SHA-256, 128 bits of it): no leg embeds the same text twice."""
    return sha256(embedded.encode()).digest()[:KEY_BYTES]
