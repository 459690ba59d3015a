"""The settings of continuous indexing, as they are in this directory."""

from collections.abc import Iterator

from app.core.registry import ServiceFailed
from app.core.settings import Settings
from app.services.rag.indexing.service import readable_root
from app.services.rag.settings import RagSettings, indexing_off, rag_off

SLOW_DEBOUNCE_SECONDS = 2.0
RARE_RECONCILE_SECONDS = 3600


def why_off(settings: Settings) -> str | None:
    """Return why continuous indexing would not run with these settings, or None."""
    if off := rag_off(settings) or indexing_off(settings):
        return f"{off} switches it off: remove the variable."
    try:
        readable_root(settings.of(RagSettings))
    except ServiceFailed as error:
        return f"{str(error)[0].upper()}{str(error)[1:]}."
    return None


def shown(rag: RagSettings) -> Iterator[str]:
    """Yield what is set, in sentences."""
    yield f"The watch root is {rag.watch_root}."
    yield f"Saves are collected for at most {rag.continuous_indexing_debounce_seconds:g} s."
    yield f"The whole tree is looked at every {rag.continuous_indexing_reconcile_seconds:g} s."
    yield f"{rag.continuous_indexing_workers} workers take up to {rag.continuous_indexing_batch_size} files at a time."
    yield f"Files over {rag.continuous_indexing_max_file_size_mb:g} MB are left out."
    if rag.continuous_indexing_include_patterns:
        yield f"Only files like {', '.join(rag.continuous_indexing_include_patterns)} are indexed."


def doubtful(rag: RagSettings) -> Iterator[str]:
    """Yield what is allowed and will disappoint."""
    if rag.continuous_indexing_debounce_seconds > SLOW_DEBOUNCE_SECONDS:
        yield (
            f"RAG_CONTINUOUS_INDEXING_DEBOUNCE_SECONDS={rag.continuous_indexing_debounce_seconds:g} makes every save "
            "wait: 0.2 is the default."
        )
    if rag.continuous_indexing_reconcile_seconds > RARE_RECONCILE_SECONDS:
        yield (
            f"RAG_CONTINUOUS_INDEXING_RECONCILE_SECONDS={rag.continuous_indexing_reconcile_seconds:g} leaves a lost "
            "event unseen for hours: 300 is the default."
        )
