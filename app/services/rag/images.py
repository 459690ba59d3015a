"""Pictures found by what is on them: the legs that see, or why none does."""

from dataclasses import dataclass

from app.services.rag import repository
from app.services.rag.errors import ImagesUnavailable
from app.services.rag.found import Ranked
from app.services.rag.legs import KnownLeg
from app.services.rag.scope import Scope
from app.services.rag.service import Rag

RETRY_SECONDS = 5
"""A model is asked again so often."""

NONE = (
    "No model embeds pictures: set RAG_CLIP_MODEL to a CLIP model (clip-ViT-B-32, or a directory that holds one), "
    "leave EMBEDDING_BACKENDS_ENABLED on, and start with `make run EXTRAS=sentence-transformers`."
)


@dataclass(frozen=True, slots=True)
class Seen:
    """The pictures nearest to some words, by leg, and how many have no vector yet and could not be looked at."""

    rankings: dict[str, list[Ranked]]
    unseen: int


async def ranked(rag: Rag, query: str, scope: Scope, limit: int) -> Seen:
    """Return the pictures nearest to the words; nothing where there are no pictures.

    Raises:
        ImagesUnavailable: No leg can tell; says what to do.
    """
    leg = next((leg for leg in rag.legs.known.values() if leg.embedder.leg.sees), None)
    if leg is None:
        raise await unavailable(rag, scope, NONE)
    pictures = await repository.pictures(rag.database, scope.sources)
    if not pictures:
        return Seen({}, 0)
    coverage = leg.coverage(scope.sources)
    embedded = sum(item.chunks - item.missing for item in coverage)
    if not any(leg.covers(item) for item in coverage):
        raise await unavailable(rag, scope, f"{leg.name}: {waiting(leg, pictures)}.")
    if leg.silent is not None:
        raise await unavailable(rag, scope, f"{leg.name} does not answer: {leg.silent}.")
    rankings = await rag.legs.rankings(rag.legs.usable(scope), query, scope, limit)
    if not rankings:
        raise await unavailable(rag, scope, f"{leg.name} does not answer.")
    return Seen(rankings, max(0, pictures - embedded))


def waiting(leg: KnownLeg, pictures: int) -> str:
    """Return why no picture has a vector yet."""
    if leg.state is not None and leg.state.problem is not None:
        return f"waits: {leg.state.problem}"
    return f"0 of {pictures} pictures embedded; that is done while continuous indexing is on"


async def unavailable(rag: Rag, scope: Scope, reason: str) -> ImagesUnavailable:
    """Return the error, with the way around where something is written of pictures."""
    described = await repository.holds(rag.database, scope.sources, "captions")
    hint = " modality=captions finds pictures by what is written of them." if described else ""
    return ImagesUnavailable(f"{reason}{hint}", headers={"Retry-After": str(RETRY_SECONDS)})
