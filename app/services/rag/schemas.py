"""What goes over the wire in the RAG room."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.services.rag.progress import State, Visibility

MAX_QUERY = 2000
"""Characters of a query: the static embedding reads no more than a long paragraph."""

STORABLE = r"^[^\x00]*$"
"""PostgreSQL keeps and compares no text with a NUL in it."""

Query = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_QUERY, pattern=STORABLE)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=1000, pattern=STORABLE)]
Score = Annotated[float, Field(allow_inf_nan=False)]
Modality = Literal["all", "docs", "code", "captions", "images"]


class SearchRequest(BaseModel):
    """A question about the index."""

    model_config = ConfigDict(extra="forbid")

    q: Query = Field(description="Words, a phrase or a question", examples=["where are refresh tokens rotated"])
    top_k: int = Field(default=10, ge=1, le=100)
    modality: Modality = Field(
        default="all",
        description="images: pictures that were sent in, by what is on them; captions: by their description",
    )
    source: Text | None = Field(default=None, description="Name or id of a source; all if left out")
    path: Text | None = Field(default=None, description="Glob on the path; a folder means all below it")
    language: Text | None = Field(default=None, examples=["python"])
    min_score: Score | None = Field(default=None, description="Lowest cosine similarity on any leg, -1 to 1")
    wait_ms: int = Field(default=0, ge=0, le=30_000, description="Wait so long for the index to catch up with the disk")


class Hit(BaseModel):
    """A chunk that answers; lines are 1-based and inclusive."""

    id: int
    score: float = Field(
        description="1 for the first on every leg, falling with the ranks; similarities are in metadata"
    )
    text: str
    source: str
    path: str
    start_line: int
    end_line: int
    symbol: str | None
    language: str
    modality: str
    metadata: dict[str, Any] = Field(
        description="Title and metadata of a document that was sent in; of every chunk kind, defines and similarity"
    )


class SearchResponse(BaseModel):
    """The hits, best first, and how current they are."""

    query: str
    hits: list[Hit]
    total: int
    took_ms: float
    generation: int = Field(description="Counts the changes of the index that was asked")
    pending: int = Field(
        description="Files that changed on disk and are not indexed yet; of images also pictures without a vector"
    )
    model: str


class SourceIn(BaseModel):
    """A directory to keep in the index."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=STORABLE)]
    path: Annotated[str, StringConstraints(min_length=1, max_length=4096, pattern=STORABLE)] = Field(
        examples=["/home/ann/project"]
    )
    include: list[Text] = Field(default=[], description="Globs; only matching files, if any is given")
    exclude: list[Text] = Field(default=[], description="Globs of files to leave out, beside the defaults")
    watch: bool = True
    visibility: Visibility = Field(default="shared", description="private: nobody sees it but who adds it")


class SourceOut(BaseModel):
    """A source and where it is; files known = indexed + pending + failed."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    name: str
    path: str | None
    watch: bool
    include: list[str]
    exclude: list[str]
    visibility: Visibility = Field(description="private: the caller's own, which nobody else sees")
    state: State
    generation: int
    known: int
    indexed: int
    pending: int
    failed: int
    chunks: int
    problem: str | None = Field(description="What of the directory could not be looked at")
    branch: str | None = Field(description="Of a git checkout; null for a detached head")
    commit: str | None = Field(description="Of a git checkout")
    embedded: int = Field(description="Chunks that were embedded since the source was made")
    reused: int = Field(description="Chunks that came back without being embedded again, as after a change of branch")


class LegOut(BaseModel):
    """How far an extra embedding is."""

    name: str = Field(examples=["minilm:all-MiniLM-L6-v2-int8-words"])
    chunks: int = Field(description="Chunks, or pictures, it is for")
    embedded: int = Field(description="Those that had a vector when it was last counted")
    status: str = Field(description="In words", examples=["12000 of 37129 chunks embedded"])


class OthersOut(BaseModel):
    """What is private to other accounts, in numbers."""

    sources: int
    known: int
    indexed: int
    pending: int
    failed: int
    chunks: int
    bytes: int


class Indexing(BaseModel):
    """The truth about progress in what the caller may see.

    `rate` is in chunks a second, `lag_ms` since the oldest change not yet indexed.
    """

    state: State
    generation: int
    known: int
    indexed: int
    pending: int
    failed: int
    chunks: int
    rate: float
    eta_s: float | None = Field(description="Seconds until nothing is pending at this rate; null if that is unknown")
    lag_ms: float
    problem: str | None = Field(description="Why these numbers may be old, while the database is away")
    sources: list[SourceOut]
    legs: list[LegOut] = Field(description="Extra embeddings, filled in the background")
    others: OthersOut | None = Field(description="For administrators; null for everybody else")


class Stats(BaseModel):
    """How much is indexed of what the caller may see; sizes in bytes."""

    documents: int
    chunks: int
    embeddings: dict[str, int] = Field(description="Vectors by model")
    coverage: dict[str, float] = Field(description="Share of the chunks a model is for that have a vector")
    bytes: int = Field(description="Text of all known files")
    bytes_on_disk: dict[str, int] = Field(
        description="Tables with their indexes, which hold what is private to others too: empty but for administrators"
    )
    queue: dict[str, int] = Field(description="Files by state")
