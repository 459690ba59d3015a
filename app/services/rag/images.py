"""Pictures found by what is on them: the legs that see, or why none does."""

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


async def ranked(rag: Rag, query: str, scope: Scope, limit: int) -> dict[str, list[Ranked]]:
    """Return the pictures nearest to the words, by leg; nothing where there are no pictures.

    Raises:
        ImagesUnavailable: No leg can tell; says what to do.
    """
    seeing = [leg for leg in rag.legs.known.values() if leg.embedder.leg.sees]
    reasons = [NONE] if not seeing else [reason for leg in seeing if (reason := blindness(leg, scope)) is not None]
    if reasons:
        raise await unavailable(rag, scope, reasons[0])
    usable = rag.legs.usable(scope)
    rankings = await rag.legs.rankings(usable, query, scope, limit)
    if usable and not rankings:
        raise await unavailable(rag, scope, f"{usable[0].name} does not answer.")
    return rankings


def blindness(leg: KnownLeg, scope: Scope) -> str | None:
    """Return why a leg cannot tell about the pictures of `scope`, or None when it can, or there are none."""
    if leg.state is None:
        return f"{leg.name} has not begun to embed pictures: that is done while continuous indexing is on."
    coverage = leg.coverage(scope.sources)
    if not any(leg.covers(item) for item in coverage):
        waits = leg.state.problem is not None or any(item.chunks for item in coverage)
        return f"{leg.name}: {leg.status(scope.sources)}." if waits else None
    return None if leg.silent is None else f"{leg.name} does not answer: {leg.silent}."


def unseen(rag: Rag, scope: Scope) -> int:
    """Return how many pictures have no vector yet."""
    seeing = (leg for leg in rag.legs.known.values() if leg.embedder.leg.sees)
    return sum(item.missing for leg in seeing for item in leg.coverage(scope.sources))


async def unavailable(rag: Rag, scope: Scope, reason: str) -> ImagesUnavailable:
    """Return the error, with the way around where pictures are described."""
    described = await repository.holds(rag.database, scope.sources, "captions")
    hint = " Pictures are described here: modality=captions finds them by that." if described else ""
    return ImagesUnavailable(f"{reason}{hint}", headers={"Retry-After": str(RETRY_SECONDS)})
