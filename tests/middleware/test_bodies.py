"""Size, pace, type and depth of bodies."""

import json
from collections.abc import AsyncIterator

import pytest

from tests.conftest import Serve
from tests.middleware.conftest import MIB, Build, raw

pytestmark = pytest.mark.anyio

HEAD = b"POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: %s\r\n"
JSON = b"application/json"


@pytest.mark.parametrize(
    ("path", "size", "status"),
    [("/json", MIB, 200), ("/json", MIB + 1, 413), ("/documents", 2 * MIB, 200), ("/documents", 2 * MIB + 1, 413)],
)
@pytest.mark.parametrize("chunked", [False, True])
async def test_the_class_of_the_route_decides(
    walled: Build, serve: Serve, path: str, size: int, status: int, chunked: bool
) -> None:
    frame = '{"a":""}' if path == "/json" else '[""]'
    body = frame.replace('""', '"' + "x" * (size - len(frame)) + '"').encode()
    assert len(body) == size

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, size, 50_000):
            yield body[start : start + 50_000]

    async with serve(walled()) as client:
        content = pieces() if chunked else body
        answer = await client.post(path, content=content, headers={"Content-Type": "application/json"})
        after = await client.post(path, json={} if path == "/json" else [])
    assert answer.status_code == status
    if status == 413:
        assert answer.json()["code"] == "body_too_large"
        assert str(size - 1) in answer.json()["detail"]
    assert after.status_code == 200


async def test_what_a_route_reads_by_itself_is_bounded_too(walled: Build, serve: Serve) -> None:
    async with serve(walled()) as client:
        assert (await client.post("/stream", content=bytes(3 * MIB))).json() == 3 * MIB
        refused = await client.post("/stream", content=bytes(3 * MIB + 1))
    assert (refused.status_code, refused.json()["code"]) == (413, "body_too_large")


async def test_an_announced_giant_is_refused_before_it_is_sent(walled: Build, serve: Serve) -> None:
    head = HEAD % (b"/json", JSON) + b"Content-Length: 99999999999\r\nExpect: 100-continue\r\n\r\n"
    async with serve(walled()) as client:
        answer = await raw(client, head)
    assert answer.startswith(b"HTTP/1.1 413")
    assert b"connection: close" in answer


async def test_a_browser_may_read_that_its_body_was_too_large(walled: Build, serve: Serve) -> None:
    async with serve(walled()) as client:
        refused = await client.post(
            "/json",
            content=b" " * (MIB + 1),
            headers={"Origin": "http://localhost:3000", "Content-Type": "application/json"},
        )
    assert refused.headers["access-control-allow-origin"] == "http://localhost:3000"
    assert refused.headers["x-request-id"] == refused.json()["request_id"]
    assert "content-security-policy" in refused.headers


@pytest.mark.parametrize("framing", [b"Content-Length: 1000\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n"])
async def test_a_body_that_drips_is_cut_off(
    walled: Build, serve: Serve, monkeypatch: pytest.MonkeyPatch, framing: bytes
) -> None:
    monkeypatch.setenv("BODY_LIMIT_SECONDS", "0.3")
    drip = b"{" if b"Length" in framing else b"1\r\n{\r\n"
    async with serve(walled()) as client:
        answer = await raw(client, HEAD % (b"/json", JSON) + framing, drip, pause=0.05)
    assert answer.startswith(b"HTTP/1.1 408")
    assert b"body_too_slow" in answer
    assert b"connection: close" in answer


async def test_a_body_in_many_pieces_arrives(walled: Build, serve: Serve) -> None:
    body = json.dumps({str(n): n for n in range(50)}).encode()
    head = HEAD % (b"/json", JSON) + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body)
    async with serve(walled()) as client:
        answer = await raw(client, head, *(body[n : n + 40] for n in range(0, len(body), 40)), pause=0.001)
    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.endswith(b"50")


@pytest.mark.parametrize(
    "framing",
    [
        b"Content-Length: 2\r\nContent-Length: 5\r\n",
        b"Content-Length: -1\r\n",
        b"Content-Length: 1e9\r\n",
        b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n",
    ],
)
async def test_framing_that_contradicts_itself_never_reaches_a_route(
    walled: Build, serve: Serve, framing: bytes
) -> None:
    async with serve(walled()) as client:
        answer = await raw(client, HEAD % (b"/json", JSON) + framing + b"\r\n{}")
        after = await client.post("/json", json={})
    assert answer.startswith(b"HTTP/1.1 400")
    assert after.status_code == 200


@pytest.mark.parametrize("opening", ["[", '{"a":'])
async def test_deep_json_is_refused(walled: Build, serve: Serve, opening: str) -> None:
    closing = "]" if opening == "[" else "}"

    def nested(levels: int) -> str:
        return '{"x":' + opening * levels + "1" + closing * levels + "}"

    async with serve(walled()) as client:
        headers = {"Content-Type": "application/json"}
        fits = await client.post("/json", content=nested(99), headers=headers)
        deep = await client.post("/json", content=nested(100), headers=headers)
        bomb = await client.post("/json", content=opening * (MIB // len(opening)), headers=headers)
    assert fits.status_code == 200
    for refused in (deep, bomb):
        assert (refused.status_code, refused.json()["code"]) == (422, "json_too_deep")


@pytest.mark.parametrize(
    "body", [b"{", b"", b"{'a': 1}", b'{"a": "\xff"}', b'{"a": ' + b"9" * 5000 + b"}", b'{"a": 1} x', b"\x00"]
)
async def test_what_is_no_json_is_invalid_input(walled: Build, serve: Serve, body: bytes) -> None:
    async with serve(walled()) as client:
        refused = await client.post("/json", content=body, headers={"Content-Type": "application/json"})
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_input")
    assert refused.json()["errors"][0]["field"] == "body"


@pytest.mark.parametrize(
    ("path", "media_type", "status"),
    [
        ("/json", "application/json; charset=utf-8", 200),
        ("/json", "application/vnd.api+json", 200),
        ("/json", "text/plain", 415),
        ("/json", "application/x-www-form-urlencoded", 415),
        ("/json", "application/jsonx", 415),
        ("/form", "application/x-www-form-urlencoded", 200),
        ("/stream", "image/png", 200),
    ],
)
async def test_a_route_says_which_type_it_reads(
    walled: Build, serve: Serve, path: str, media_type: str, status: int
) -> None:
    async with serve(walled()) as client:
        body = "name=x" if path == "/form" else "{}"
        answer = await client.post(path, content=body, headers={"Content-Type": media_type})
    assert answer.status_code == status
    if status == 415:
        assert answer.json()["code"] == "unsupported_media_type"
        assert "application/" in answer.json()["detail"]


async def test_a_body_without_a_type_is_asked_for_one(walled: Build, serve: Serve) -> None:
    async with serve(walled()) as client:
        assert (await client.post("/json", content=b"{}")).status_code == 415
