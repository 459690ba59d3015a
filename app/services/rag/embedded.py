"""What of a chunk is embedded, and the key under which vectors of it are found again."""

from hashlib import blake2b

KEY_BYTES = 16


def embedded_text(path: str, symbol: str | None, text: str) -> str:
    """Return what is embedded of a chunk: where it stands says as much about it as what it holds."""
    return f"{path} {symbol or ''}\n{text}"


def embedding_key(embedded: str) -> bytes:
    """Return the key of an embedded text (BLAKE2b, 128 bits): the same text is never embedded twice by a leg."""
    return blake2b(embedded.encode(), digest_size=KEY_BYTES).digest()
