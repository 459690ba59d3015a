"""Query parameters by `query` are what FastAPI would have made of them."""

import asyncio
from typing import Annotated
from urllib.parse import urlencode

import pytest
from fastapi import Depends, FastAPI, Query
from fastapi.exceptions import RequestValidationError
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AliasChoices, BaseModel, ConfigDict, Field
from starlette.requests import Request

from app.core.query import LONGEST, documented, query


class Asked(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    text: str = Field(min_length=1, validation_alias=AliasChoices("text", "q"), description="Words")
    limit: int = Field(default=10, ge=1, le=100)
    paths: list[str] = Field(default=[], validation_alias=AliasChoices("paths", "directories"))
    exact: bool = False


app = FastAPI()


@app.get("/ours", openapi_extra=documented(Asked))
async def ours(asked: Annotated[Asked, Depends(query(Asked))]) -> Asked:
    return asked


@app.get("/theirs")
async def theirs(asked: Annotated[Asked, Query()]) -> Asked:
    return asked


CLIENT = TestClient(app)
NAMES = st.sampled_from(["text", "q", "limit", "paths", "directories", "exact", "other"])
VALUES = st.one_of(st.text(max_size=20), st.sampled_from(["1", "0", "101", "true", "no", "", "1.5"]))


@given(st.lists(st.tuples(NAMES, VALUES), max_size=6))
def test_the_same_as_fastapi_makes_of_them(pairs: list[tuple[str, str]]) -> None:
    both = {"text", "q"} <= {name for name, _ in pairs} or {"paths", "directories"} <= {name for name, _ in pairs}
    target = urlencode([(name, value.encode("utf-8", "replace")) for name, value in pairs])
    mine, their = CLIENT.get(f"/ours?{target}"), CLIENT.get(f"/theirs?{target}")
    if both:  # FastAPI drops the second name silently; as an unknown field it is refused here
        assert mine.status_code in (200, 422)
        return
    assert mine.status_code == their.status_code
    if mine.status_code == 200:
        assert mine.json() == their.json()
    else:
        fields = [[item["loc"], item["type"]] for item in mine.json()["detail"]]
        assert sorted(map(str, fields)) == sorted(str([item["loc"], item["type"]]) for item in their.json()["detail"])


def test_the_documentation_names_every_parameter() -> None:
    paths = app.openapi()["paths"]
    ours = {entry["name"]: entry for entry in paths["/ours"]["get"]["parameters"]}
    theirs = {entry["name"]: entry for entry in paths["/theirs"]["get"]["parameters"]}
    assert ours.keys() == theirs.keys()
    assert {name: entry["required"] for name, entry in ours.items()} == {
        name: entry["required"] for name, entry in theirs.items()
    }
    assert ours["text"]["description"] == "Words"


def request(query_string: bytes) -> Request:
    return Request({"type": "http", "query_string": query_string, "headers": []})


def test_equal_query_strings_are_parsed_once_and_long_ones_are_not_remembered() -> None:
    parsed = query(Asked)
    first = asyncio.run(parsed(request(b"q=x")))
    assert asyncio.run(parsed(request(b"q=x"))) is first
    long = b"q=" + b"x" * LONGEST
    assert asyncio.run(parsed(request(long))) is not asyncio.run(parsed(request(long)))


def test_thousands_of_parameters_are_refused() -> None:
    with pytest.raises(RequestValidationError):
        asyncio.run(query(Asked)(request(b"paths=x&" * 2000 + b"q=x")))
