"""Which other embeddings there are, and where they are made."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import SettingsConfigDict

from app.core.adapter import BaseUrl
from app.core.settings import Settings, Slice
from app.services.rag.settings import RagSettings

MINILM: Literal["minilm"] = "minilm"
"""The backend that is there by itself; it has one model, so nobody names it in RAG_CODE_MODEL or RAG_TEXT_MODEL."""

MINILM_MODEL = "all-MiniLM-L6-v2-int8-words"
"""Changes with the model's file or with how it is read: vectors of two names are never compared."""

CLIP: Literal["clip"] = "clip"
"""The backend of RAG_CLIP_MODEL: a model of sentence-transformers that has pictures and texts in one space."""

MODALITIES = ("code", "docs", "captions")
IMAGES = "images"
"""The modality of pictures themselves: a leg for it embeds pictures, and is asked with words."""


class BackendName(StrEnum):
    """Who can embed with a model of one's choice."""

    ollama = "ollama"
    sentence_transformers = "sentence_transformers"
    openai = "openai"
    huggingface = "huggingface"


Backend = BackendName | Literal["minilm", "clip"]


def no_mock(value: bool) -> bool:
    """Refuse a mock.

    Raises:
        ValueError: One was asked for.
    """
    if value:
        raise ValueError("there is no mock: every vector comes from a model; remove the variable or set it to false")
    return value


Batch = Annotated[int, Field(ge=1, le=2048)]
Seconds = Annotated[float, Field(gt=0, le=600)]
Concurrent = Annotated[int, Field(ge=1, le=64)]


class EmbeddingSettings(Slice):
    """Settings of the extra legs; a backend that is ENABLED embeds code and documents with its DEFAULT_MODEL."""

    model_config = SettingsConfigDict(env_prefix="EMBEDDING_")

    backends_enabled: bool = True
    allow_fallback: bool = True
    default_backend: BackendName = BackendName.ollama
    mock_mode: Annotated[bool, AfterValidator(no_mock)] = False

    minilm_enabled: bool = True
    minilm_timeout: Seconds = 60
    minilm_batch_size: Batch = 16
    minilm_max_concurrent: Concurrent = 1

    ollama_enabled: bool = False
    ollama_default_model: str = "nomic-embed-text"
    ollama_timeout: Seconds = 60
    ollama_batch_size: Batch = 32
    ollama_max_concurrent: Concurrent = 2

    sentence_transformers_enabled: bool = False
    sentence_transformers_default_model: str = "sentence-transformers/all-MiniLM-L6-v2"
    sentence_transformers_timeout: Seconds = 120
    sentence_transformers_batch_size: Batch = 32
    sentence_transformers_max_concurrent: Concurrent = 1

    openai_enabled: bool = False
    openai_default_model: str = "text-embedding-3-small"
    openai_timeout: Seconds = 60
    openai_batch_size: Batch = 64
    openai_max_concurrent: Concurrent = 4

    huggingface_enabled: bool = False
    huggingface_default_model: str = "BAAI/bge-small-en-v1.5"
    huggingface_timeout: Seconds = 60
    huggingface_batch_size: Batch = 32
    huggingface_max_concurrent: Concurrent = 4


class OpenAISettings(Slice):
    """Where an OpenAI-compatible server is; local ones need no key."""

    model_config = SettingsConfigDict(env_prefix="OPENAI_")

    api_key: SecretStr | None = None
    base_url: BaseUrl = "https://api.openai.com/v1"


class HuggingFaceSettings(Slice):
    """Where a Text Embeddings Inference server is."""

    model_config = SettingsConfigDict(env_prefix="HUGGINGFACE_")

    api_key: SecretStr | None = None
    base_url: BaseUrl = "http://localhost:8080"


@dataclass(frozen=True, slots=True)
class LegSettings:
    """One leg as it was asked for.

    Attributes:
        backend: Who embeds.
        model: The name of the model there.
        modalities: Which chunks it embeds: some of `code`, `docs` and `captions`; or `images` alone.
        timeout: Seconds for one batch.
        batch_size: Texts sent at once.
        max_concurrent: Batches on their way at once.
    """

    backend: Backend
    model: str
    modalities: tuple[str, ...]
    timeout: float
    batch_size: int
    max_concurrent: int

    @property
    def name(self) -> str:
        """What the leg is called in answers: `ollama:nomic-embed-text`."""
        return f"{self.backend}:{self.model}"

    @property
    def local(self) -> bool:
        """Whether it embeds on this machine's processors, in competition with indexing."""
        return self.backend in (MINILM, CLIP, BackendName.sentence_transformers)

    @property
    def sees(self) -> bool:
        """Whether it embeds pictures."""
        return IMAGES in self.modalities


def legs_of(settings: Settings) -> list[LegSettings]:
    """Return the legs that the settings ask for; one model is one leg, whatever asks for it."""
    embedding = settings.of(EmbeddingSettings)
    if not embedding.backends_enabled:
        return []
    wanted: dict[tuple[Backend, str], list[str]] = {}
    for backend, model, modality in asked_for(embedding, settings.of(RagSettings)):
        modalities = wanted.setdefault((backend, model), [])
        modalities += [] if modality in modalities else [modality]
    return [
        LegSettings(
            backend=backend,
            model=model,
            modalities=tuple(sorted(modalities)),
            timeout=of(embedding, backend, "timeout"),
            batch_size=of(embedding, backend, "batch_size"),
            max_concurrent=of(embedding, backend, "max_concurrent"),
        )
        for (backend, model), modalities in wanted.items()
    ]


def asked_for(embedding: EmbeddingSettings, rag: RagSettings) -> Iterator[tuple[Backend, str, str]]:
    """Yield backend, model and modality of everything that is asked for."""
    if embedding.minilm_enabled:
        for modality in MODALITIES:
            yield MINILM, MINILM_MODEL, modality
    for modality, named in (("code", rag.code_model), ("docs", rag.text_model), ("captions", rag.text_model)):
        if named:
            yield *backend_and_model(named, embedding.default_backend), modality
    if rag.clip_model:
        yield CLIP, rag.clip_model, IMAGES
    for backend in BackendName:
        if of(embedding, backend, "enabled"):
            for modality in MODALITIES:
                yield backend, of(embedding, backend, "default_model"), modality


def backend_and_model(named: str, default: BackendName) -> tuple[BackendName, str]:
    """Take `backend:model` apart; a prefix that names no backend belongs to the model, as in `bge-m3:latest`."""
    prefix, colon, rest = named.partition(":")
    if colon and rest and prefix in list(BackendName):
        return BackendName(prefix), rest
    return default, named


def of(embedding: EmbeddingSettings, backend: Backend, what: str) -> Any:  # noqa: ANN401 - its type is the field's
    """Return one setting of a backend; CLIP has those of the library it runs in."""
    return getattr(embedding, f"{BackendName.sentence_transformers if backend == CLIP else backend}_{what}")
