"""What goes over the wire of the smaller routes of search."""

from typing import Literal

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from app.services.rag.schemas import Query, Text
from app.services.search.ranking import QuestionKind
from app.services.search.schemas import Result
from app.services.search.syntax.schemas import Mode


class RelatedRequest(BaseModel):
    """A place in a file."""

    model_config = ConfigDict(extra="forbid")

    path: Text = Field(examples=["app/directory.py"])
    line: int = Field(ge=1, le=10_000_000, examples=[40])
    source: Text | None = Field(default=None, description="Name or id of a source; all if left out")
    limit: int = Field(default=10, ge=1, le=100, validation_alias=AliasChoices("limit", "max_results"))


class Related(BaseModel):
    """What is related, best first; each result explains on which leg it stood."""

    path: str
    line: int
    symbol: str | None = Field(description="Of the chunk at the place")
    results: list[Result]
    total: int
    took_ms: float
    generation: int
    pending: int


class SuggestionsRequest(BaseModel):
    """The beginning of a name."""

    model_config = ConfigDict(extra="forbid")

    query: Query = Field(validation_alias=AliasChoices("query", "q"), examples=["rotate_"])
    source: Text | None = Field(default=None, description="Name or id of a source; all if left out")
    limit: int = Field(default=10, ge=1, le=50, validation_alias=AliasChoices("limit", "max_results"))


class Suggestion(BaseModel):
    """A name, what it names, and how often a symbol is defined."""

    text: str
    type: Literal["symbol", "file"]
    kind: str | None = None
    count: int = 1


class Suggestions(BaseModel):
    """Symbols first, then files."""

    query: str
    suggestions: list[Suggestion]


class AnalyzeRequest(BaseModel):
    """A query to be explained."""

    model_config = ConfigDict(extra="forbid")

    query: Query = Field(validation_alias=AliasChoices("query", "q"), examples=["how is the token refreshed"])
    source: Text | None = Field(default=None, description="Name or id of a source; all if left out")


class Analysis(BaseModel):
    """What a query is taken for."""

    query: str
    kind: QuestionKind = Field(description="As ranking reads it")
    tokens: list[str]
    weights: dict[str, float] = Field(description="Inverse document frequency of each token; rare ones decide")
    mode: Mode = Field(description="Of syntax search, that suits it")


class Health(BaseModel):
    """`healthy`, or `degraded` where answers are slower or incomplete, with the reason."""

    status: Literal["healthy", "degraded"]
    reason: str | None
    cache: bool
    generation: int
    pending: int


class Cleared(BaseModel):
    """How many answers were forgotten."""

    cleared: int
