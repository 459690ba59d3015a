"""What goes over the wire about documents."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.services.rag.progress import Visibility
from app.services.rag.schemas import STORABLE

MAX_ITEMS = 1000
"""Documents of one request; more of them are more requests, with progress between."""

MAX_SENT_NAME = 4096
"""Characters of a name as it is sent; what is left of it has `naming.MAX_PATH` at most."""

MAX_TITLE = 500
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_TITLE, pattern=STORABLE)]
WaitMs = Annotated[
    int, Field(ge=0, le=600_000, description="Wait so long until everything is indexed; what is not by then is pending")
]
WAIT_MS = 30_000
Seen = Annotated[
    Visibility,
    Field(
        description="private: nobody sees it but its sender; a name means one document there, another among the shared"
    ),
]


class Item(BaseModel):
    """A document; its language is told by the end of its name."""

    model_config = ConfigDict(extra="forbid")

    source: str = Field(
        max_length=MAX_SENT_NAME,
        description="The document's own name: sent again under it, it is replaced",
        examples=["notes/deploying.md"],
    )
    content: str = Field(examples=["# Deploying\n\nPut nginx in front of the server."])
    title: Title | None = Field(default=None, examples=["How we deploy"])
    metadata: dict[str, Any] = Field(
        default={}, description="Shown with every hit, beside what we say of it", examples=[{"author": "ann"}]
    )


class IngestRequest(BaseModel):
    """Documents to index."""

    model_config = ConfigDict(extra="forbid")

    items: list[Item] = Field(min_length=1, max_length=MAX_ITEMS)
    visibility: Seen = "shared"
    force: bool = Field(default=False, description="Index again what did not change")
    wait_ms: WaitMs = WAIT_MS
    stream: bool = Field(default=False, description="Send progress as it is made; see also Accept")


class Failure(BaseModel):
    """A document that is not indexed, and why."""

    source: str
    reason: str = Field(examples=["content is empty"])


class IngestReport(BaseModel):
    """How far the documents of a request are; total = processed + unchanged + failed + pending."""

    processed: int = Field(description="Indexed: questions find them")
    total: int
    failed: int
    unchanged: int = Field(description="Indexed before, and sent again as they were")
    pending: int = Field(description="Taken, and not indexed when the time was up; `GET indexing` follows them")
    failures: list[Failure]
    generation: int = Field(description="Counts the changes of the source of documents")


class DocumentOut(BaseModel):
    """Whatever is indexed as one: a file of a directory, or a document that was sent in."""

    id: int
    source: str = Field(examples=["documents"])
    visibility: Visibility
    path: str
    title: str | None
    metadata: dict[str, Any]
    owner_id: UUID | None = Field(description="Who sent it in")
    state: str = Field(description="indexed, pending or failed")
    reason: str | None
    size: int = Field(description="Bytes of text")
    chunks: int
    changed_at: datetime
    indexed_at: datetime | None


class DocumentText(DocumentOut):
    """A document with its text as it is indexed; null if it could not be read."""

    text: str | None
