"""URLs of users over real sockets; the names are those of a small zone whose answers change."""

from ipaddress import ip_network

import pytest

from app.core.outbound import UrlFailed, UrlRefused, fetch
from tests.core.outbound.conftest import Site, Zone, answer
from tests.hostile.urls import ANSWERS, NO_URLS, THIS_MACHINE

pytestmark = pytest.mark.anyio

ALLOWED = [ip_network("127.0.0.1")]
"""Stands for what is public; 127.0.0.2 is what nobody may reach."""


def zone(**names: list[list[str]]) -> Zone:
    return Zone({name.replace("_", "."): list(answers) for name, answers in names.items()})


async def get(url: str, known: Zone, *, most_bytes: int = 1000, seconds: float = 5.0) -> bytes:
    found = await fetch(url, most_bytes=most_bytes, seconds=seconds, allowed=ALLOWED, resolve=known.resolve)
    return found.content


async def test_a_url_is_fetched_from_the_address_with_the_name_it_has(site: Site) -> None:
    site.answers["/a?b=c"] = answer(b"hello", "Content-Type: Text/Plain; charset=utf-8")
    known = zone(good_example=[["127.0.0.1"]])
    url = f"http://good.example:{site.port}/a?b=c"
    found = await fetch(url, most_bytes=5, seconds=5, allowed=ALLOWED, resolve=known.resolve)
    assert (found.content, found.media_type) == (b"hello", "text/plain")
    assert site.asked == [("127.0.0.1", "GET /a?b=c HTTP/1.1", f"good.example:{site.port}")]
    assert known.looked == ["good.example"]


async def test_a_name_that_changes_its_address_between_look_and_connection_changes_nothing(site: Site) -> None:
    site.answers["/"] = answer(b"public")
    known = zone(evil_example=[["127.0.0.1"], ["127.0.0.2"]])
    assert await get(f"http://evil.example:{site.port}/", known) == b"public"
    with pytest.raises(UrlRefused):
        await get(f"http://evil.example:{site.port}/", known)
    assert [address for address, *_ in site.asked] == ["127.0.0.1"]


@pytest.mark.parametrize("addresses", [["127.0.0.2"], ["127.0.0.1", "127.0.0.2"], ["127.0.0.1", "::1"], ["fe80::1%lo"]])
async def test_one_address_inside_is_enough_to_refuse(site: Site, addresses: list[str]) -> None:
    with pytest.raises(UrlRefused, match="OUTBOUND_ALLOWED_NETWORKS"):
        await get(f"http://evil.example:{site.port}/", zone(evil_example=[addresses]))
    assert site.asked == []


@pytest.mark.parametrize(
    "to", ["http://inside.example:{port}/secret", "http://127.0.0.2:{port}/secret", "//inside.example:{port}/secret"]
)
@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
async def test_a_redirect_inside_is_refused(site: Site, to: str, status: str) -> None:
    site.answers["/"] = answer(b"", f"Location: {to.format(port=site.port)}", status=status)
    site.answers["/secret"] = answer(b"secret")
    known = zone(good_example=[["127.0.0.1"]], inside_example=[["127.0.0.2"]])
    known.names["127.0.0.2"] = [["127.0.0.2"]]
    with pytest.raises(UrlRefused):
        await get(f"http://good.example:{site.port}/", known)
    assert len(site.asked) == 1


@pytest.mark.parametrize(
    "to", ["file:///etc/passwd", "gopher://good.example/", "ftp://good.example/", "data:,x", "javascript:1"]
)
async def test_a_redirect_to_another_scheme_is_refused(site: Site, to: str) -> None:
    site.answers["/"] = answer(b"", f"Location: {to}", status="302 Found")
    with pytest.raises((UrlRefused, UrlFailed)):
        await get(f"http://good.example:{site.port}/", zone(good_example=[["127.0.0.1"]]))
    assert len(site.asked) == 1


async def test_redirects_are_followed_and_end(site: Site) -> None:
    site.answers["/0"] = answer(b"", "Location: /1", status="302 Found")
    site.answers["/1"] = answer(b"here")
    site.answers["/loop"] = answer(b"", "Location: /loop", status="302 Found")
    known = zone(good_example=[["127.0.0.1"]])
    assert await get(f"http://good.example:{site.port}/0", known) == b"here"
    with pytest.raises(UrlFailed, match="on and on"):
        await get(f"http://good.example:{site.port}/loop", known)


@pytest.mark.parametrize("url", NO_URLS, ids=lambda url: ascii(url)[:40])
async def test_what_is_no_url_of_the_web_is_refused(site: Site, url: str) -> None:
    with pytest.raises((UrlRefused, UrlFailed)) as refused:
        await get(url, zone(good_example=[["127.0.0.2"]]))
    assert refused.value.status in (422, 502)
    assert site.asked == []


@pytest.mark.parametrize("host", THIS_MACHINE, ids=ascii)
async def test_every_way_to_write_this_machine_is_refused(site: Site, host: str) -> None:
    with pytest.raises((UrlRefused, UrlFailed)):
        await fetch(f"http://{host}:{site.port}/", most_bytes=10, seconds=5)
    assert site.asked == []


@pytest.mark.parametrize("address", ANSWERS)
async def test_every_name_for_what_is_inside_is_refused(site: Site, address: str) -> None:
    with pytest.raises(UrlRefused):
        await get(f"http://evil.example:{site.port}/", zone(evil_example=[[address]]))
    with pytest.raises(UrlRefused):
        await get(f"http://evil.example:{site.port}/", zone(evil_example=[["127.0.0.1", address]]))
    assert site.asked == []


async def test_answers_are_bounded(site: Site) -> None:
    site.answers["/long"] = answer(b"x" * 1001)
    site.answers["/endless"] = b"HTTP/1.1 200 OK\r\nX: endless\r\n\r\n"
    site.answers["/silent"] = b"HTTP/1.1 200 OK\r\nX: silent\r\nContent-Length: 5\r\n\r\nx"
    site.answers["/packed"] = answer(b"\x1f\x8b", "Content-Encoding: gzip")
    site.answers["/failed"] = answer(b"driver text", status="500 Internal Server Error")
    site.answers["/junk"] = b"\0\0\0\0 this is not HTTP\r\n\r\n"
    known = zone(good_example=[["127.0.0.1"]])
    told = []
    for path in ("long", "endless", "silent", "packed", "failed", "junk", "unknown"):
        with pytest.raises(UrlFailed) as failed:
            await get(f"http://good.example:{site.port}/{path}", known, seconds=0.5)
        told.append(failed.value.detail)
    assert ["larger than 1000 bytes" in told[0], "larger" in told[1], "within 0.5 s" in told[2]] == [True] * 3
    assert ["compresses" in told[3], "answers 500" in told[4], "speaks HTTP" in told[5]] == [True] * 3
    assert not any("driver" in sentence for sentence in told)


async def test_a_host_that_is_not_known_or_does_not_listen_is_told(site: Site) -> None:
    with pytest.raises(UrlFailed, match="not known"):
        await get("http://nobody.example/", zone())
    with pytest.raises(UrlFailed, match="not known"):
        await get("http://empty.example/", zone(empty_example=[[]]))
    with pytest.raises(UrlFailed):
        await get("http://good.example:1/", zone(good_example=[["127.0.0.1"]]))


async def test_the_next_address_is_tried(site: Site) -> None:
    site.answers["/"] = answer(b"second")
    known = Zone({"two.example": [["127.0.0.3", "127.0.0.1"]]})
    allowed = [ip_network("127.0.0.0/8")]
    found = await fetch(
        f"http://two.example:{site.port}/", most_bytes=10, seconds=5, allowed=allowed, resolve=known.resolve
    )
    assert found.content == b"second"
