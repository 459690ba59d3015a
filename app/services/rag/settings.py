"""What is indexed, and how."""

import os
from pathlib import Path

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from app.core.settings import CommaSeparated, Settings, Slice


class RagSettings(Slice):
    """Settings of the index and of the process that keeps it in step with the disk."""

    model_config = SettingsConfigDict(env_prefix="RAG_")

    enabled: bool = True
    code_model: str | None = Field(default=None, description="Another embedding of code, as model or backend:model")
    text_model: str | None = Field(default=None, description="The same for documents")
    caption_model: str | None = Field(default=None, description="Describes images that are ingested")
    clip_model: str | None = Field(
        default=None, description="Embeds pictures that are sent in: a CLIP model of sentence-transformers"
    )
    allowed_roots: CommaSeparated = Field(
        default=[], description="Directories a source may lie in, besides the watch root"
    )
    text_cache_mb: int = Field(
        default=256, ge=1, le=65_536, description="Texts kept in memory by each process for literal and regex search"
    )
    continuous_indexing_enabled: bool = True
    continuous_indexing_auto_start: bool = True
    continuous_indexing_watch_root: Path = Path()
    continuous_indexing_debounce_seconds: float = Field(default=0.2, ge=0.01, le=60)
    continuous_indexing_reconcile_seconds: float = Field(default=300, ge=1)
    continuous_indexing_batch_size: int = Field(default=48, ge=1, le=1000)
    continuous_indexing_workers: int = Field(default=max(1, min(4, os.cpu_count() or 1)), ge=1, le=64)
    continuous_indexing_max_file_size_mb: float = Field(default=2.0, gt=0)
    continuous_indexing_include_patterns: CommaSeparated = []
    continuous_indexing_exclude_dirs: CommaSeparated = []
    continuous_indexing_exclude_files: CommaSeparated = []

    @property
    def watch_root(self) -> Path:
        """The absolute directory that is watched by default: the one the process was started in."""
        return self.continuous_indexing_watch_root.expanduser().absolute()


def rag_off(settings: Settings) -> str | None:
    """Disable the index when the settings say so."""
    return None if settings.of(RagSettings).enabled else "RAG_ENABLED=false"


def indexing_off(settings: Settings) -> str | None:
    """Disable continuous indexing when the settings say so."""
    rag = settings.of(RagSettings)
    if not rag.continuous_indexing_enabled:
        return "RAG_CONTINUOUS_INDEXING_ENABLED=false"
    return None if rag.continuous_indexing_auto_start else "RAG_CONTINUOUS_INDEXING_AUTO_START=false"
