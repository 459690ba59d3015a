"""Files sent in as forms."""

from typing import Any

import httpx
import pytest

from tests.conftest import House
from tests.services.rag.documents.conftest import Post
from tests.services.rag.documents.pdfs import encrypted, pdf
from tests.services.rag.documents.test_extraction import PAGE

pytestmark = pytest.mark.anyio

MANUAL = ("manual.pdf", pdf("Put nginx in front", "Restart the gateway nightly"), "application/pdf")


async def send(post: Post, file: tuple[str, bytes, str], who: dict[str, str] | None = None, **data: str) -> Any:
    return await post.house.client.post(
        "/api/rag/ingest/file", files={"file": file}, data=data, headers=who or post.ann
    )


async def test_an_anonymous_caller_is_asked_to_log_in(house: House) -> None:
    assert (await house.client.post("/api/rag/ingest/file", files={"file": MANUAL})).status_code == 401


async def test_a_hit_in_a_pdf_names_its_page(post: Post) -> None:
    answer = await send(post, MANUAL, metadata='{"shelf": 3}')
    assert (answer.status_code, answer.json()["processed"]) == (200, 1), answer.text
    hit = (await post.hits("restart the gateway"))[0]
    assert (hit["path"], hit["language"]) == ("manual.pdf.md", "markdown")
    assert "Page 2" in hit["text"]
    assert (hit["metadata"]["title"], hit["metadata"]["shelf"]) == ("A manual", 3)
    assert (await send(post, MANUAL, metadata='{"shelf": 3}')).json()["unchanged"] == 1


async def test_text_code_and_pages_are_kept_under_their_names(post: Post) -> None:
    files = [
        ("notes.md", b"# Notes\n\nRemember the milk.\n", "text/markdown"),
        ("median.py", b"def median(numbers):\n    return sorted(numbers)[0]\n", "application/octet-stream"),
        ("page.html", PAGE.encode(), "text/html; charset=utf-8"),
    ]
    for file in files:
        assert (await send(post, file)).json()["processed"] == 1
    found = {item["path"]: item["title"] for item in await post.documents()}
    assert found == {"median.py": None, "notes.md": None, "page.html.md": "Deploying"}


async def test_source_and_title_win_over_the_file(post: Post) -> None:
    await send(post, MANUAL, source="books/nginx.pdf", title="The book")
    assert [(item["path"], item["title"]) for item in await post.documents()] == [("books/nginx.pdf.md", "The book")]


REFUSED: list[tuple[tuple[str, bytes, str], dict[str, str], int, str]] = [
    (("a.png", b"\x89PNG\r\n\x1a\n\0", "image/png"), {}, 415, "unsupported_document"),
    (("a.pdf", encrypted(pdf("x"), "secret"), "application/pdf"), {}, 422, "unreadable_document"),
    (("a.pdf", b"no pdf", "application/pdf"), {}, 422, "unreadable_document"),
    (("a.md", b" \n", "text/markdown"), {}, 422, "document_refused"),
    (("../a.md", b"x", "text/markdown"), {"source": "../a.md"}, 422, "document_refused"),
    ((".env", b"KEY=1", "text/plain"), {}, 422, "document_refused"),
    (("a.md", b"x", "text/markdown"), {"metadata": "[1]"}, 422, "invalid_input"),
    (("a.md", b"x", "text/markdown"), {"metadata": "{"}, 422, "invalid_input"),
    (("a.md", b"x", "text/markdown"), {"wait_ms": "soon"}, 422, "invalid_input"),
    (("a.md", b"x", "text/markdown"), {"title": "x" * 501}, 422, "invalid_input"),
]


async def test_what_is_refused_says_why(idle_post: Post) -> None:
    for file, data, status, code in REFUSED:
        answer = await send(idle_post, file, None, **data)
        assert (answer.status_code, answer.json()["code"]) == (status, code), (file[0], data, answer.text)
    assert await idle_post.documents() == []


async def test_a_form_without_a_file_is_422(idle_post: Post) -> None:
    client, path = idle_post.house.client, "/api/rag/ingest/file"
    assert (await client.post(path, json={}, headers=idle_post.ann)).status_code == 422
    assert (await client.post(path, data={"title": "x"}, headers=idle_post.ann)).status_code == 422
    broken = {**idle_post.ann, "Content-Type": "multipart/form-data"}
    answer: httpx.Response = await client.post(path, content=b"--x\r\n", headers=broken)
    assert 400 <= answer.status_code < 500


async def test_the_document_of_another_account_stays(post: Post) -> None:
    await send(post, ("a.md", b"of ann", "text/markdown"))
    answer = await send(post, ("a.md", b"of bob", "text/markdown"), who=post.bob)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
