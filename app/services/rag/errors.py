"""What the RAG room refuses."""

from app.core.errors import ApiError


class UnknownSource(ApiError):
    """No source has that name or id."""

    status = 404
    code = "unknown_source"
    title = "Unknown source"


class EmbeddingUnavailable(ApiError):
    """An extra leg that should answer does not, and EMBEDDING_ALLOW_FALLBACK is false."""

    status = 503
    code = "embedding_unavailable"
    title = "Embedding unavailable"


class ImagesUnavailable(ApiError):
    """No model embeds pictures, or the one of RAG_CLIP_MODEL is not installed, not ready or does not answer."""

    status = 503
    code = "images_unavailable"
    title = "Images unavailable"


class SourceExists(ApiError):
    """The name or the directory is a source already."""

    status = 409
    code = "source_exists"
    title = "Source exists"


class PathNotAllowed(ApiError):
    """The directory may not become a source."""

    status = 422
    code = "path_not_allowed"
    title = "Path not allowed"
