"""All hostile inputs over HTTP, by family; `urls.py` has those of the helper for URLs."""

from collections.abc import Callable, Iterator

from tests.hostile import bodies, bombs, framing, headers, paths, patterns, texts, tokens
from tests.hostile.attack import Attack, Scene

FAMILIES: dict[str, Callable[[Scene], Iterator[Attack]]] = {
    "bodies": bodies.attacks,
    "bombs": bombs.attacks,
    "framing": framing.attacks,
    "headers": headers.attacks,
    "paths": paths.attacks,
    "patterns": patterns.attacks,
    "texts": texts.attacks,
    "tokens": tokens.attacks,
}

SETTINGS = {
    "BODY_LIMIT_SECONDS": "1",
    "RATE_LIMIT_AUTH": "1000000/minute",
    "RAG_CAPTION_MODEL": "llava",
    "OLLAMA_BASE_URL": "http://127.0.0.1:9",
    "LOG_LEVEL": "ERROR",
}
"""Of the server that is attacked: its limits are those of every server, but a slow body ends sooner, and pictures are
looked at although nobody describes them."""
