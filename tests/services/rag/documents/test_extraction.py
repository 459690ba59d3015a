"""Text out of files, in real children: what is read, and what is refused within its limits."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.bounded import children
from app.services.rag.documents.errors import UnreadableDocument, UnsupportedDocument
from app.services.rag.documents.extraction import Extractor, kind_of
from app.services.rag.documents.extraction_process import answer
from tests.services.rag.documents.pdfs import assemble, bomb, encrypted, pdf, stream

pytestmark = pytest.mark.anyio

PAGE = """<html><head><title>Deploying</title><script>alert(1)</script></head>
<body><nav>Home</nav><h1>Deploying</h1><p>Put <b>nginx</b> in front.</p>
<pre><code>make run</code></pre></body></html>"""


@pytest.fixture
async def extractor() -> AsyncIterator[Extractor]:
    made = Extractor(100_000)
    yield made
    await made.aclose()


async def test_a_pdf_has_a_heading_for_each_page_and_its_title(extractor: Extractor) -> None:
    found = await extractor.extract("pdf", pdf("Put nginx in front", "Restart it nightly"))
    assert found.title == "A manual"
    assert found.text == "## Page 1\n\nPut nginx in front\n\n## Page 2\n\nRestart it nightly\n"


async def test_a_page_of_html_becomes_markdown_without_its_scripts(extractor: Extractor) -> None:
    found = await extractor.extract("html", PAGE.encode())
    assert found.title == "Deploying"
    assert found.text.startswith("# Deploying\n")
    assert "**nginx**" in found.text
    assert "make run" in found.text
    assert "alert" not in found.text


async def test_html_is_read_in_the_charset_it_names(extractor: Extractor) -> None:
    page = '<html><head><meta charset="windows-1252"></head><body><p>Öffnung</p></body></html>'
    assert "Öffnung" in (await extractor.extract("html", page.encode("cp1252"))).text


REFUSED = {
    "encrypted": ("pdf", encrypted(pdf("secret"), "password"), "encrypted"),
    "cut": ("pdf", pdf("text")[:200], "damaged"),
    "no PDF": ("pdf", b"hello", "no PDF"),
    "empty": ("pdf", b"", "no PDF"),
    "pictures": ("pdf", assemble([stream(b"")], "Scan"), "no text"),
    "long": ("pdf", pdf("x" * 60_000, "y" * 60_000), "more than"),
    "blank page": ("html", b"<html><body></body></html>", "no text"),
    "odd bytes": ("html", b"<p>\xff\xfe\xfa</p>", "not valid UTF-8"),
    "odd charset": ("html", b"<meta charset=klingon><p>\xff</p>", "klingon"),
    "long page": ("html", b"<p>" + b"x" * 200_000, "more than"),
    "latin text": ("text", b"caf\xe9", "not valid UTF-8 at byte 3"),
    "long text": ("text", b"x" * 100_001, "more than"),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_what_cannot_be_read_says_why(extractor: Extractor, name: str) -> None:
    kind, content, reason = REFUSED[name]
    with pytest.raises(UnreadableDocument) as refused:
        await extractor.extract(kind, content)  # type: ignore[arg-type]
    assert reason in refused.value.detail


async def test_an_empty_password_is_none(extractor: Extractor) -> None:
    assert "open" in (await extractor.extract("pdf", encrypted(pdf("open"), ""))).text


async def test_a_pdf_that_unpacks_to_gigabytes_is_refused_and_the_next_is_read(extractor: Extractor) -> None:
    content = bomb(300_000_000)
    assert len(content) < 100_000
    with pytest.raises(UnreadableDocument, match="unpacks to more"):
        await extractor.extract("pdf", content)
    assert "next" in (await extractor.extract("pdf", pdf("next"))).text


async def test_a_file_that_takes_too_long_is_given_up_and_its_child_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "GRACE_SECONDS", 0.0)
    with pytest.raises(UnreadableDocument, match=r"more than 0.01 s"):
        await Extractor(1000, seconds=0.01).extract("pdf", pdf("slow"))


async def test_one_that_hangs_up_ends_its_child(extractor: Extractor) -> None:
    reading = asyncio.create_task(extractor.extract("pdf", bomb(100_000_000)))
    await asyncio.sleep(0.3)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert "next" in (await extractor.extract("pdf", pdf("next"))).text


@pytest.mark.parametrize(
    ("name", "media_type", "content", "kind"),
    [
        ("a.pdf", "", b"x", "pdf"),
        ("a", "application/pdf", b"x", "pdf"),
        ("a.txt", "text/plain", b"junk\n%PDF-1.4\0", "pdf"),
        ("a.HTML", "", b"<p>", "html"),
        ("a", "text/html", b"<p>", "html"),
        ("a.py", "application/octet-stream", b"x = 1", "text"),
        ("", "", b"", "text"),
        ("a.pdf", "", b"\x89PNG\r\n\x1a\n\0", "picture"),
        ("a", "", b"RIFF\1\2\3\4WEBPVP8 ", "picture"),
    ],
)
def test_what_a_file_holds_counts_more_than_its_name(name: str, media_type: str, content: bytes, kind: str) -> None:
    assert kind_of(name, media_type, content) == kind


@pytest.mark.parametrize(
    ("name", "media_type", "content"),
    [
        ("a.png", "", b"\x89PNG\0"),
        ("a.wav", "", b"RIFF\1\2\3\4WAVE\0"),
        ("a.zip", "", b"PK\3\4\0"),
        ("a.svg", "image/svg+xml", b"<svg/>"),
    ],
)
def test_other_files_are_not_supported(name: str, media_type: str, content: bytes) -> None:
    with pytest.raises(UnsupportedDocument):
        kind_of(name, media_type, content)


@given(st.sampled_from(["pdf", "html"]), st.binary(max_size=300), st.booleans())
def test_whatever_comes_is_text_or_a_reason(kind: str, content: bytes, headed: bool) -> None:
    found = answer(kind, b"%PDF-1.4\n" + content if headed else content, 10_000)
    assert ("error" in found) != ("text" in found)
    assert "\0" not in (found.get("text") or "")
