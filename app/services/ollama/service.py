"""Ollama as a service."""

from app.core.adapter import Adapter, BadAnswer, Neighbour, ask, checker, opener
from app.core.settings import Settings
from app.services.ollama.settings import OllamaSettings

MAX_GREETING_BYTES = 64 * 1024
MAX_VERSION = 40
"""Characters of a version that are shown."""


class Ollama(Adapter):
    """The adapter of Ollama."""

    async def greet(self, seconds: float) -> str:
        """Return the version of Ollama."""
        match await ask(self.client, "GET", "/api/version", seconds=seconds, max_bytes=MAX_GREETING_BYTES):
            case {"version": str(version)}:
                return version[:MAX_VERSION]
        raise BadAnswer("what answers there is not Ollama", 200)


def neighbour(settings: Settings) -> Neighbour:
    """Return where Ollama is."""
    mine = settings.of(OllamaSettings)
    return Neighbour("Ollama", "OLLAMA_BASE_URL", mine.base_url, configured="base_url" in mine.model_fields_set)


open_ollama = opener(Ollama, neighbour)
check_ollama = checker(Ollama, neighbour)
