"""What goes over the wire of syntax search."""

from typing import Annotated, Literal

from pydantic import AliasChoices, Field, StringConstraints

from app.services.rag.schemas import MAX_QUERY, Text
from app.services.search.schemas import Answer, SearchRequest

Mode = Literal["literal", "regex", "symbol", "pattern"]

Form = Annotated[str, StringConstraints(min_length=1, max_length=MAX_QUERY, pattern=r"^[^\x00]*[^\s\x00][^\x00]*$")]
"""Spaces count in a literal, so they stay; but there must be something else. For the rest see `STORABLE`."""


class SyntaxRequest(SearchRequest):
    """A question by form; matches lie within one line, but for patterns."""

    query: Form = Field(validation_alias=AliasChoices("query", "q"), examples=["def rotate("])
    mode: Mode = Field(
        default="literal",
        description="`regex` takes RE2's syntax; `symbol` a name such as `start` or `Registry.start`; "
        "`pattern` code with metavariables such as `def $F($$$)`",
    )
    case_sensitive: bool | None = Field(
        default=None, description="If left out, case counts when the query has an upper-case letter"
    )
    whole_word: bool = Field(default=False, description="The match begins and ends with a word; for symbols, the name")
    language: Text | None = Field(default=None, description="Of the pattern, and of the files", examples=["python"])
    context_lines: int = Field(default=2, ge=0, le=50, description="Lines of the snippet before and after the match")


class SyntaxAnswer(Answer):
    """The lines that match, definitions first."""

    total: int = Field(description="Matches that were found, of which the best are told")
    truncated: bool = Field(description="There may be more: enough was found, or the time was over")
