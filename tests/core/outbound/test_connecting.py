"""Hosts that users name: connected to at a public or allowed address, and told in words when not."""

import asyncio
from collections.abc import Sequence
from ipaddress import ip_network

import pytest

from app.core.outbound import HostFailed, HostRefused, connect
from tests.peers.tcp import hangs_up, peer

pytestmark = pytest.mark.anyio

HERE = [ip_network("127.0.0.1/32")]


async def test_an_allowed_address_is_connected_to() -> None:
    async with peer(hangs_up) as there:
        made = await connect("127.0.0.1", there.port, seconds=5, allowed=HERE)
        assert made.getpeername() == ("127.0.0.1", there.port)
        made.close()


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "0x7f.1", "::1", "10.0.0.1", "169.254.169.254", "::ffff:127.0.0.1", "0.0.0.0"],  # noqa: S104
)
async def test_addresses_inside_are_refused(host: str) -> None:
    with pytest.raises(HostRefused, match="OUTBOUND_ALLOWED_NETWORKS"):
        await connect(host, 25, seconds=5)


async def test_one_address_inside_refuses_the_name_and_nobody_is_called() -> None:
    async def both(host: str, port: int) -> Sequence[str]:
        return ["93.184.216.34", "127.0.0.2"]

    with pytest.raises(HostRefused):
        await connect("example.org", 25, seconds=5, allowed=HERE, resolve=both)


async def test_a_name_is_looked_up_once_and_the_next_address_is_tried() -> None:
    asked = []

    async def changing(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.3", "127.0.0.1"] if len(asked) == 1 else ["10.0.0.1"]

    async with peer(hangs_up) as there:
        network = [ip_network("127.0.0.0/8")]
        made = await connect("example.org", there.port, seconds=5, allowed=network, resolve=changing)
        assert made.getpeername()[0] == "127.0.0.1"
        made.close()
    assert asked == ["example.org"]


async def test_nobody_there_no_name_and_no_time_are_told() -> None:
    async with peer(hangs_up) as there:
        port = there.port
    with pytest.raises(HostFailed, match="Nobody answers"):
        await connect("127.0.0.1", port, seconds=5, allowed=HERE)

    async def nothing(host: str, port: int) -> Sequence[str]:
        raise OSError

    with pytest.raises(HostFailed, match="not known"):
        await connect("nowhere.example", 25, seconds=5, resolve=nothing)

    async def slow(host: str, port: int) -> Sequence[str]:
        await asyncio.sleep(60)
        return []

    with pytest.raises(HostFailed, match=r"within 0\.05 s"):
        await connect("slow.example", 25, seconds=0.05, resolve=slow)
