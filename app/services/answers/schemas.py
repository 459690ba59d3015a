"""What goes over the wire about answers."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.services.rag.schemas import Query, Text

ModelName = Annotated[str, StringConstraints(max_length=200, pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/@-]*$")]


class AnswerRequest(BaseModel):
    """A question to be answered from the index."""

    model_config = ConfigDict(extra="forbid")

    question: Query = Field(examples=["How does a worker claim files?"])
    top_k: int = Field(default=8, ge=1, le=50, description="Passages to read at most")
    model: ModelName | None = Field(default=None, description="Left out, RAG_ANSWER_MODEL", examples=["llama3.2"])
    source: Text | None = Field(default=None, description="Name or id of a source; all if left out")
    paths: Annotated[list[Text], Field(max_length=50)] = Field(
        default=[], description="Globs on the path; a folder means all below it"
    )
    stream: bool = Field(default=True, description="false: one answer at the end, as JSON")


class Passage(BaseModel):
    """What the model was given under a number; lines are 1-based and inclusive."""

    number: int
    source: str
    path: str
    start_line: int
    end_line: int
    symbol: str | None
    language: str
    text: str


class Citation(BaseModel):
    """A passage that the answer names as [number]."""

    number: int
    source: str
    path: str
    start_line: int
    end_line: int


class AnswerOut(BaseModel):
    """The answer, what it speaks from, and how current that is; also the `done` event, but for the text."""

    answer: str = Field(description="Empty without a model")
    citations: list[Citation]
    passages: list[Passage] = Field(description="All that was found for the question, the best first")
    model: str | None
    message: str | None = Field(description="Why there is no answer in words, and what to do")
    generation: int
    pending: int
