"""What is refused of documents."""

from app.core.errors import ApiError


class UnknownDocument(ApiError):
    """No document has that id."""

    status = 404
    code = "unknown_document"
    title = "Unknown document"


class FileOfDirectory(ApiError):
    """The document is a file of a directory: it is deleted there, not here."""

    status = 409
    code = "file_of_directory"
    title = "File of a directory"


class DocumentRefused(ApiError):
    """The document cannot be indexed: it is empty, too large, a file of secrets, or its name is no name."""

    status = 422
    code = "document_refused"
    title = "Document refused"


class UnreadableDocument(ApiError):
    """The file is damaged, encrypted, holds no text, or took too much time or memory to read."""

    status = 422
    code = "unreadable_document"
    title = "Unreadable document"


class CaptionUnavailable(ApiError):
    """The model of RAG_CAPTION_MODEL, which describes pictures, cannot be asked now."""

    status = 503
    code = "caption_unavailable"
    title = "Caption unavailable"


class UnsupportedDocument(ApiError):
    """The file is no text, code, Markdown, HTML or PDF; or a picture, and no model is set for those."""

    status = 415
    code = "unsupported_document"
    title = "Unsupported document"
