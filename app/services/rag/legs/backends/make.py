"""From a leg's settings to whoever embeds for it."""

from pydantic import SecretStr

from app.core.adapter import http_client
from app.core.settings import Settings
from app.services.ollama.settings import OllamaSettings
from app.services.rag.legs.backends.backend import Backend, Embedder
from app.services.rag.legs.backends.http import HuggingFace, Ollama, OpenAI
from app.services.rag.legs.backends.minilm import MiniLm
from app.services.rag.legs.backends.sentence_transformers import SentenceTransformers
from app.services.rag.legs.settings import CLIP, MINILM, BackendName, HuggingFaceSettings, LegSettings, OpenAISettings


def make_embedder(settings: Settings, leg: LegSettings) -> Embedder:
    """Return who embeds for that leg; nothing is connected or loaded before it is asked."""
    return Embedder(leg, make_backend(settings, leg))


def make_backend(settings: Settings, leg: LegSettings) -> Backend:
    """Return the backend of that leg."""
    if leg.backend == MINILM:
        return MiniLm()
    connections = leg.max_concurrent + 1  # a probe must not wait for batches
    if leg.backend in (CLIP, BackendName.sentence_transformers):
        return SentenceTransformers(leg.model)
    if leg.backend is BackendName.ollama:
        url = settings.of(OllamaSettings).base_url
        return Ollama(http_client(url, seconds=leg.timeout, connections=connections), leg.model)
    if leg.backend is BackendName.openai:
        openai = settings.of(OpenAISettings)
        client = http_client(openai.base_url, seconds=leg.timeout, connections=connections, key=plain(openai.api_key))
        return OpenAI(client, leg.model)
    face = settings.of(HuggingFaceSettings)
    client = http_client(face.base_url, seconds=leg.timeout, connections=connections, key=plain(face.api_key))
    return HuggingFace(client, leg.model)


def plain(key: SecretStr | None) -> str | None:
    """Return the key itself."""
    return None if key is None else key.get_secret_value()
