"""The embeddings on this machine: can they be loaded, and do they embed?"""

import asyncio
from collections.abc import Callable

from app.core.settings import Settings
from app.doctor.diagnosis import Diagnosis, problem, warning, well
from app.services.rag.embedding import StaticEmbedding
from app.services.rag.legs.backends.minilm import Model
from app.services.rag.legs.settings import EmbeddingSettings
from app.services.rag.settings import RagSettings

TEXT = "where are refresh tokens rotated"
WHOLE = "the files of this installation are damaged: check them out again"


async def examine_models(settings: Settings) -> list[Diagnosis]:
    """Load what the settings ask for, each in a thread: 0.3 s."""
    if not settings.of(RagSettings).enabled:
        return []
    looks: list[Callable[[], Diagnosis]] = [built_in]
    legs = settings.of(EmbeddingSettings)
    if legs.backends_enabled and legs.minilm_enabled:
        looks.append(minilm)
    return list(await asyncio.gather(*map(asyncio.to_thread, looks)))


def built_in() -> Diagnosis:
    """Say whether the built-in embedding embeds."""
    try:
        model = StaticEmbedding.load()
        (vector,) = model.embed([TEXT])
    except Exception as error:  # noqa: BLE001 - whatever is wrong with the file, it is one sentence
        return problem("built-in embedding", f"cannot be loaded ({type(error).__name__}): {WHOLE}")
    if not vector.any():
        return problem("built-in embedding", f"knows no word of {TEXT!r}: {WHOLE}")
    return well("built-in embedding", f"{model.model_id}, {len(vector)} dimensions")


def minilm() -> Diagnosis:
    """Say whether MiniLM embeds; without it search works, with less of an ear for other words."""
    try:
        (vector,) = Model().embed([TEXT])
    except Exception as error:  # noqa: BLE001 - the runtime's own errors, of any class
        return warning(
            "MiniLM",
            f"cannot be loaded ({type(error).__name__}), search goes without it: run pip install -r requirements.txt, "
            "or set EMBEDDING_MINILM_ENABLED=false",
        )
    return well("MiniLM", f"{len(vector)} dimensions")
