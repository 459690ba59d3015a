"""Documents over HTTP."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, File, Form, Path, Query, Request, Response, UploadFile
from pydantic import Json, StringConstraints

from app.core.access import NotAllowed, NotAuthenticated, Reader, User
from app.core.errors import responses
from app.core.lifespan import running
from app.core.limits import Body, Rate, limits
from app.core.streaming import stream, wants_stream
from app.db.faults import as_api_error
from app.services.rag.documents.errors import (
    CaptionUnavailable,
    DocumentRefused,
    FileOfDirectory,
    UnknownDocument,
    UnreadableDocument,
    UnsupportedDocument,
)
from app.services.rag.documents.ingestion import Ingestion
from app.services.rag.documents.schemas import (
    MAX_SENT_NAME,
    WAIT_MS,
    DocumentOut,
    DocumentText,
    IngestReport,
    IngestRequest,
    Seen,
    Title,
    WaitMs,
)
from app.services.rag.documents.service import Documents, Upload
from app.services.rag.errors import UnknownSource
from app.services.rag.schemas import Text

router = APIRouter(prefix="/api/rag", tags=["rag"], responses=responses(NotAuthenticated))

DocumentsDep = Annotated[Documents, Depends(running("documents", Documents))]
DocumentId = Annotated[int, Path(ge=1, le=2**63 - 1)]
SentName = Annotated[str, StringConstraints(max_length=MAX_SENT_NAME)]
UNKNOWN = responses(UnknownDocument)


async def told(
    request: Request, documents: Documents, ingestion: Ingestion, wait_ms: int, *, as_stream: bool
) -> IngestReport | Response:
    """Answer with what became of the documents: at the end, or as `progress` events and one `done`."""
    if not as_stream and not wants_stream(request):
        return await documents.finish(ingestion, wait_ms)

    async def events() -> AsyncIterator[dict[str, Any]]:
        last: dict[str, Any] = {}
        try:
            async for report in documents.follow(ingestion, wait_ms):
                last = report.model_dump()
                yield {"type": "progress", **last}
        except Exception as error:  # the edge: a database that went away is told as an event, not by a cut stream
            raise as_api_error(error) or error from error
        yield {"type": "done", **last}

    return stream(request, events())


@router.post("/ingest", summary="Send documents in", response_model=IngestReport)
@limits(Rate.expensive, Body.documents)
async def ingest(
    request: Request, documents: DocumentsDep, caller: User, sent: IngestRequest
) -> IngestReport | Response:
    """Index documents, each under its own name; sent again, one is replaced, or left alone if it did not change.

    What cannot be taken is listed with its reason and keeps no other from being indexed. Progress comes as SSE or
    NDJSON (see Accept), each event with the fields of the answer.
    """
    ingestion = await documents.take(sent.items, caller, sent.visibility, force=sent.force)
    return await told(request, documents, ingestion, sent.wait_ms, as_stream=sent.stream)


@router.post(
    "/ingest/file",
    summary="Send a file in",
    response_model=IngestReport,
    responses=responses(NotAllowed, UnsupportedDocument, UnreadableDocument, DocumentRefused, CaptionUnavailable),
)
@limits(Rate.expensive, Body.upload)
async def ingest_file(
    request: Request,
    documents: DocumentsDep,
    caller: User,
    file: Annotated[
        UploadFile,
        File(description="Text, code, Markdown, HTML or PDF; a picture with RAG_CAPTION_MODEL or RAG_CLIP_MODEL"),
    ],
    source: Annotated[SentName | None, Form(description="The document's name; left out, the name of the file")] = None,
    title: Annotated[Title | None, Form(description="Left out, the title the file gives itself")] = None,
    metadata: Annotated[Json[dict[str, Any]] | None, Form(examples=['{"author": "ann"}'])] = None,
    visibility: Annotated[Seen, Form()] = "shared",
    force: Annotated[bool, Form()] = False,
    wait_ms: Annotated[WaitMs, Form()] = WAIT_MS,
) -> IngestReport | Response:
    """Index one file.

    PDF and HTML become Markdown under the file's name with `.md`; a PDF has a heading for each page. What is indexed of
    a picture are the words of the model that RAG_CAPTION_MODEL names (`modality=captions`), and itself by the one that
    RAG_CLIP_MODEL names (`modality=images`).
    """
    media_type = (file.content_type or "").partition(";")[0].strip().lower()
    upload = Upload(source or file.filename or "", media_type, await file.read(), title, metadata or {})
    ingestion = await documents.take_file(upload, caller, visibility, force=force)
    return await told(request, documents, ingestion, wait_ms, as_stream=False)


@router.get("/documents", summary="List documents", responses=responses(UnknownSource))
async def list_documents(
    response: Response,
    documents: DocumentsDep,
    caller: Reader,
    source: Annotated[Text | None, Query(description="Name or id of a source; all if left out")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
) -> list[DocumentOut]:
    """List files of directories and documents that were sent in, by source and path; X-Total-Count has how many.

    Those that are private to others are neither listed nor counted.
    """
    total, found = await documents.listed(caller, source, limit, offset)
    response.headers["X-Total-Count"] = str(total)
    return [DocumentOut.model_validate(item) for item in found]


@router.get("/documents/{document_id}", summary="One document", responses=UNKNOWN)
async def get_document(documents: DocumentsDep, caller: Reader, document_id: DocumentId) -> DocumentText:
    """Return a document with its text."""
    return DocumentText.model_validate(await documents.one(document_id, caller))


@router.delete(
    "/documents/{document_id}",
    summary="Delete a document",
    responses=UNKNOWN | responses(NotAllowed, FileOfDirectory),
)
@limits(Rate.expensive)
async def delete_document(documents: DocumentsDep, caller: User, document_id: DocumentId) -> DocumentOut:
    """Delete a document that was sent in, for its owner or an administrator; return what it was."""
    return DocumentOut.model_validate(await documents.delete(document_id, caller))
