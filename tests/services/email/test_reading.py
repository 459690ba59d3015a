"""Messages that are read: odd ones, hostile ones, and any bytes at all."""

import base64
from collections.abc import AsyncIterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.services.email.reading import Letter, Reader
from app.services.email.reading_process import MAX_TEXT, answer
from tests.services.email.letters import letter

pytestmark = pytest.mark.anyio


@pytest.fixture
async def reader() -> AsyncIterator[Reader]:
    made = Reader(25_000_000)
    yield made
    await made.aclose()


async def test_html_becomes_text_without_scripts(reader: Reader) -> None:
    page = "<html><head><style>p {color: red}</style><script>alert(1)</script></head><body><p>Hello <b>Ann</b></p>"
    raw = (
        b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
        + page.encode()
        + b"<img src='http://tracker.example/x.gif'><a href='javascript:alert(2)'>x</a>"
    )
    found = await reader.read(raw)
    assert found.whole
    assert found.subject == "Grüße"
    assert "Hello" in found.text
    for part in ("<b>", "alert(1)", "color: red", "tracker.example"):
        assert part not in found.text


async def test_the_plain_part_wins(reader: Reader) -> None:
    found = await reader.read(letter(1, text="Plain.\n", html="<p>Other</p>", file=("a.txt", b"x")))
    assert found.text.strip() == "Plain."
    assert [(file.name, file.content) for file in found.files] == [("a.txt", b"x")]


async def test_headers_are_one_line_and_names_no_paths(reader: Reader) -> None:
    raw = (
        b"From: =?utf-8?q?Eve=0D=0ABcc=3A_x?= <eve@example.org>\r\n"
        b"Subject: =?utf-8?q?a=0D=0ABcc=3A_all=40example=2Eorg?=\r\n"
        b'Content-Type: application/pdf; name="..\\..\\windows\\evil.pdf"\r\n'
        b"Content-Disposition: attachment; filename*=UTF-8''..%2F..%2Fetc%2Fpass%00wd\r\n\r\nx"
    )
    found = await reader.read(raw)
    assert found.subject == "a Bcc: all@example.org"
    assert "\n" not in found.sender_name
    assert "/" not in found.files[0].name
    assert "\0" not in found.files[0].name


async def test_wrong_charsets_and_broken_base64_are_read_as_well_as_can_be(reader: Reader) -> None:
    raw = b"Subject: =?no-such?q?x?=\r\nContent-Type: text/plain; charset=no-such\r\n\r\nGr\xc3\xbc\xc3\x9fe"
    assert (await reader.read(raw)).text == "Grüße"
    raw = b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\nSGVsbG8*=*=!"
    assert (await reader.read(raw)).whole


async def test_deep_and_wide_messages_end(reader: Reader) -> None:
    deep = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (level, level) for level in range(5000)
    )
    assert isinstance(await reader.read(deep), Letter)
    wide = b"Content-Type: multipart/mixed; boundary=x\r\n\r\n" + b"--x\r\n\r\na\r\n" * 20_000 + b"--x--"
    found = await reader.read(wide)
    assert len(found.text) < 10_000


async def test_long_headers_and_long_texts_are_bounded(reader: Reader) -> None:
    raw = b"Subject: " + b"=?utf-8?q?a?= " * 50_000 + b"\r\nTo: " + b"a@b.c, " * 50_000 + b"\r\n\r\n" + b"x" * 2_000_000
    found = await reader.read(raw)
    assert found.whole
    assert len(found.subject) <= 1000
    assert len(found.recipients) <= 200
    assert len(found.text) == MAX_TEXT


async def test_what_takes_too_long_is_unreadable_and_the_next_is_read(reader: Reader) -> None:
    reader._children._seconds = -2.0  # with its grace, no time at all
    assert not (await reader.read(b"Subject: x\r\n\r\n")).whole
    reader._children._seconds = 15.0
    assert (await reader.read(b"Subject: x\r\n\r\n")).subject == "x"


async def test_times_that_cannot_be_are_none(reader: Reader) -> None:
    for claimed in (b"Fri, 31 Dec 9999 23:59:59 +0000", b"yesterday", b"Mon, 01 Jan 1900 00:00:00 +1400", b""):
        assert (await reader.read(b"Date: " + claimed + b"\r\n\r\n")).sent_at is None
    found = (await reader.read(b"Date: Thu, 01 Jan 2026 13:00:00 +0100\r\n\r\n")).sent_at
    assert found is not None
    assert found.isoformat() == "2026-01-01T12:00:00+00:00"


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=2000))
def test_any_bytes_are_answered(raw: bytes) -> None:
    assert int.from_bytes(answer(raw)[:8]) > 0


NAMES = st.sampled_from(["From", "To", "Subject", "Date", "Message-ID", "References", "Content-Type", "In-Reply-To"])


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(NAMES, st.text(max_size=60)), max_size=8), st.binary(max_size=200))
def test_any_headers_are_read(headers: list[tuple[str, str]], body: bytes) -> None:
    raw = b"".join(f"{name}: {value}\r\n".encode("utf-8", "replace") for name, value in headers) + b"\r\n" + body
    assert b'"whole":true' in answer(raw)


def test_files_of_any_size_come_back_as_they_were() -> None:
    content = bytes(range(256)) * 1000
    raw = (
        b"Content-Type: application/octet-stream; name=a\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + base64.encodebytes(content)
    )
    assert answer(raw).endswith(content)
