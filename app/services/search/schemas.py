"""What goes over the wire in the search room."""

from typing import Annotated, Literal

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from app.services.rag.schemas import Query, Score, Text
from app.services.search.ranking import QuestionKind

Kind = Literal["semantic", "hybrid", "syntax"]
Globs = Annotated[list[Text], Field(max_length=50)]


class SearchRequest(BaseModel):
    """A question to any kind of search; an empty list means no restriction."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    query: Query = Field(validation_alias=AliasChoices("query", "q"), examples=["where are refresh tokens rotated"])
    limit: int = Field(default=10, ge=1, le=100, validation_alias=AliasChoices("limit", "max_results"))
    source: Text | None = Field(default=None, description="Name or id of a source; all if left out")
    paths: Globs = Field(
        default=[],
        validation_alias=AliasChoices("paths", "directories"),
        description="Globs on the path; a folder means all below it",
    )
    languages: Globs = Field(default=[], validation_alias=AliasChoices("languages", "file_types"))
    context_lines: int = Field(default=12, ge=0, le=200, description="Lines of each snippet at most; 0 for none")
    min_score: Score | None = Field(default=None, description="Lowest score; first on every leg is worth 1")
    explain: bool = Field(default=False, description="Say of each hit its places on the legs, and what spoke for it")
    wait_ms: int = Field(default=0, ge=0, le=30_000, description="Wait so long for the index to catch up with the disk")


class LegRank(BaseModel):
    """Where a hit stood on one leg; ranks count from 1."""

    rank: int
    score: float


class FormExplanation(BaseModel):
    """Why a match of syntax search stands where it does, and what the metavariables of a pattern hold."""

    match: str = Field(description="The mode")
    whole_word: bool
    defines: bool = Field(description="A definition begins on its first line")
    captures: dict[str, str]


class Explanation(BaseModel):
    """Why a hit stands where it stands: its score is its places on the legs, fused, times the factors."""

    query_kind: QuestionKind
    legs: dict[str, LegRank]
    boosts: dict[str, float] = Field(examples=[{"defines": 4.0, "test": 0.3}])


class Result(BaseModel):
    """One hit; lines are 1-based and inclusive."""

    path: str
    start_line: int
    end_line: int
    score: float
    snippet: str
    symbol: str | None
    language: str
    match_type: str = Field(description="The legs that found it, joined by +")
    source: str
    explain: Explanation | dict[str, LegRank] | FormExplanation | None = None


class Answer(BaseModel):
    """The results, best first, and how current they are."""

    query: str
    kind: Kind
    results: list[Result]
    total: int
    took_ms: float
    cached: bool
    generation: int = Field(description="Counts the changes of the index that was asked")
    pending: int = Field(description="Files that changed on disk and are not indexed yet")


class Latency(BaseModel):
    """Percentiles over all answers, in milliseconds, right to 5 %."""

    p50: float
    p95: float
    p99: float


class Performance(BaseModel):
    """What the running processes counted since each of them started."""

    total_searches: int
    cache_hits: int
    cache_misses: int
    hit_rate: float
    hits_by_tier: dict[str, int] = Field(description="Answers kept in the process that was asked, and in Redis")
    workers: int = Field(description="Processes whose counts these are; without Redis only the one that was asked")
    latency_ms: dict[str, Latency] = Field(description="By kind, cached and uncached")
