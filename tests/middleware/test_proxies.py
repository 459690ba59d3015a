"""Whom we believe about the client."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.client import network_of, parsed
from app.middleware.proxies import TrustedProxies
from app.middleware.settings import WallSettings
from tests.conftest import Serve
from tests.middleware.conftest import Build

pytestmark = pytest.mark.anyio

NETWORKS = WallSettings(_env_file=None, trusted_proxies=["127.0.0.0/8", "10.0.0.0/8", "fd00::/8"]).proxies


async def believed(peer: str, *headers: tuple[str, str]) -> tuple[str, str]:
    """Return the client and the scheme that the application sees."""
    scope = {
        "type": "http",
        "scheme": "http",
        "client": (peer, 1),
        "headers": [(name.lower().encode(), value.encode("latin-1", "replace")) for name, value in headers],
    }

    async def app(*_: object) -> None: ...

    await TrustedProxies(app, NETWORKS)(scope, None, None)  # type: ignore[arg-type]
    return scope["client"][0], scope["scheme"]  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("peer", "hops", "client"),
    [
        ("10.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "1.1.1.1, 203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "1.1.1.1, 203.0.113.9, 10.2.3.4", "203.0.113.9"),
        ("10.0.0.1", "10.9.9.9, 10.2.3.4", "10.9.9.9"),
        ("10.0.0.1", "203.0.113.9:4711", "203.0.113.9"),
        ("10.0.0.1", "[2001:db8::1]:4711, fd00::2", "2001:db8::1"),
        ("::ffff:10.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "203.0.113.9, nonsense, 10.2.3.4", "10.2.3.4"),
        ("10.0.0.1", "unknown", "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "1.1.1.1," + "10.0.0.2," * 40, "10.0.0.1"),
        ("203.0.113.1", "1.1.1.1", "203.0.113.1"),
    ],
)
async def test_the_client_is_the_last_hop_that_is_no_proxy_of_ours(peer: str, hops: str, client: str) -> None:
    assert (await believed(peer, ("X-Forwarded-For", hops)))[0] == client


async def test_several_header_lines_are_one_list() -> None:
    lines = (("X-Forwarded-For", "1.1.1.1"), ("X-Forwarded-For", "203.0.113.9, 10.0.0.3"))
    assert (await believed("10.0.0.1", *lines))[0] == "203.0.113.9"


@pytest.mark.parametrize(
    ("peer", "proto", "scheme"),
    [
        ("10.0.0.1", "https", "https"),
        ("10.0.0.1", "http, HTTPS", "https"),
        ("10.0.0.1", "https, http", "http"),
        ("10.0.0.1", "gopher", "http"),
        ("203.0.113.1", "https", "http"),
    ],
)
async def test_the_scheme_is_that_of_the_nearest_proxy(peer: str, proto: str, scheme: str) -> None:
    assert (await believed(peer, ("X-Forwarded-Proto", proto)))[1] == scheme


async def test_nobody_is_believed_by_default(walled: Build, serve: Serve) -> None:
    lies = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}
    async with serve(walled()) as client:
        answer = await client.get("/who", headers=lies)
    assert answer.json() == {"client": "127.0.0.1", "scheme": "http"}
    assert "strict-transport-security" not in answer.headers


async def test_https_at_a_trusted_proxy_is_https(walled: Build, serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUSTED_PROXIES", "127.0.0.1")
    async with serve(walled()) as client:
        said = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}
        answer = await client.get("/who", headers=said)
    assert answer.json() == {"client": "203.0.113.9", "scheme": "https"}
    assert answer.headers["strict-transport-security"] == "max-age=31536000"


@given(st.text(max_size=200), st.text(max_size=20))
async def test_no_header_makes_it_raise(hops: str, proto: str) -> None:
    client, scheme = await believed("10.0.0.1", ("X-Forwarded-For", hops), ("X-Forwarded-Proto", proto))
    assert parsed(client) is not None
    assert scheme in ("http", "https")


def test_one_host_is_one_client() -> None:
    assert network_of("2001:db8:0:1:aaaa::1") == network_of("2001:db8:0:1:bbbb::2") != network_of("2001:db8:0:2::1")
    assert network_of("203.0.113.9") == network_of("::ffff:203.0.113.9") != network_of("203.0.113.8")
    assert network_of("") == ""
