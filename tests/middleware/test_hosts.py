"""Only the names we are known by."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.settings import SettingsError, load_settings
from app.middleware.hosts import check_pattern, host_name, with_own_address
from app.middleware.settings import WallSettings
from tests.conftest import Serve
from tests.middleware.conftest import Build, raw

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    "host",
    ["localhost", "LOCALHOST:80", "app.localhost:8000", "127.0.0.1:1", "[::1]:8000", "[0:0:0:0:0:0:0:1]", "localhost."],
)
async def test_our_own_names_are_answered(walled: Build, serve: Serve, host: str) -> None:
    async with serve(walled()) as client:
        assert (await client.get("/who", headers={"Host": host})).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "localhost.evil.example",
        "evillocalhost",
        "localhost@evil.example",
        "[::2]",
        "[::1",
        "::1",
        "127.0.0.1:x",
        "",
        "a" * 300,
    ],
)
async def test_other_names_are_refused_in_words(walled: Build, serve: Serve, host: str) -> None:
    async with serve(walled()) as client:
        refused = await client.get("/who", headers={"Host": host})
    assert (refused.status_code, refused.json()["code"]) == (400, "untrusted_host")
    assert "TRUSTED_HOSTS" in refused.json()["detail"]


@pytest.mark.parametrize("lines", [b"", b"Host: localhost\r\nHost: localhost\r\n"])
async def test_no_host_and_two_hosts_are_refused(walled: Build, serve: Serve, lines: bytes) -> None:
    async with serve(walled()) as client:
        answer = await raw(client, b"GET /who HTTP/1.1\r\n" + lines + b"Connection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 400")
    assert b"untrusted_host" in answer


async def test_a_browser_may_read_the_refusal(walled: Build, serve: Serve) -> None:
    async with serve(walled()) as client:
        refused = await client.get(
            "/who", headers={"Host": "evil.example", "Origin": "http://localhost:3000", "X-Request-ID": "r1"}
        )
    assert refused.headers["access-control-allow-origin"] == "http://localhost:3000"
    assert refused.headers["x-request-id"] == refused.json()["request_id"] == "r1"
    assert refused.headers["x-content-type-options"] == "nosniff"


async def test_the_settings_decide(walled: Build, serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUSTED_HOSTS", "*.Example.com, 10.0.0.7")
    async with serve(walled()) as client:
        found = [
            (await client.get("/who", headers={"Host": host})).status_code
            for host in ("a.b.example.com", "10.0.0.7:80", "example.com", "localhost")
        ]
    assert found == [200, 200, 400, 400]
    monkeypatch.setenv("TRUSTED_HOSTS", "*")
    async with serve(walled()) as client:
        assert (await client.get("/who", headers={"Host": "anything"})).status_code == 200


def test_the_address_we_listen_on_is_ours() -> None:
    assert with_own_address(["localhost"], "192.168.1.5") == ["localhost", "192.168.1.5"]
    assert with_own_address(["localhost"], "fd00::1") == ["localhost", "[fd00::1]"]
    assert with_own_address(["localhost"], "0.0.0.0") == ["localhost"]  # noqa: S104 - comparing


@pytest.mark.parametrize("pattern", ["http://x", "x:80", "a*", "*.", "*", "::1", "[::1]"])
def test_patterns_are_checked_at_start(monkeypatch: pytest.MonkeyPatch, pattern: str) -> None:
    monkeypatch.setenv("TRUSTED_HOSTS", pattern)
    if pattern in ("*", "::1", "[::1]"):
        assert load_settings([WallSettings]).of(WallSettings).trusted_hosts == [check_pattern(pattern)]
    else:
        with pytest.raises(SettingsError, match="TRUSTED_HOSTS"):
            load_settings([WallSettings])


@given(st.text(max_size=300))
def test_no_header_makes_the_parser_raise(header: str) -> None:
    name = host_name(header)
    assert name is None or host_name(name) == name
