"""Answers of a neighbour line by line: whole, odd, without end, and given up."""

import asyncio
from contextlib import aclosing

import pytest

from app.core.adapter import BadAnswer, NeighbourAway, ask_lines, http_client
from tests.peers.tcp import Behaviour, answers, floods, hangs_up, peer, says_nothing

pytestmark = pytest.mark.anyio


async def lines(behave: Behaviour, *, pause: float = 5, max_bytes: int = 1000) -> list[object]:
    async with peer(behave) as there, http_client(there.url, seconds=5) as client:
        return [line async for line in ask_lines(client, "/", {}, pause=pause, max_bytes=max_bytes)]


@pytest.mark.parametrize("body", [b'{"a":1}\n{"b":2}\n', b'{"a":1}\r\n\n{"b":2}'])
async def test_each_line_is_parsed(body: bytes) -> None:
    assert await lines(answers(body)) == [{"a": 1}, {"b": 2}]


@pytest.mark.parametrize(
    ("behave", "error", "words"),
    [
        (answers(b"{}\n{"), BadAnswer, "no JSON"),
        (answers({}, status="404 Not Found"), BadAnswer, "answered 404"),
        (floods, BadAnswer, "more than 1000 bytes"),
        (hangs_up, NeighbourAway, "nothing that speaks HTTP"),
        (says_nothing, NeighbourAway, "in time"),
    ],
)
async def test_what_is_odd_is_one_sentence(behave: Behaviour, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        await lines(behave, pause=0.3)


async def test_a_line_comes_before_the_next_is_written_and_closing_hangs_up() -> None:
    left = asyncio.Event()

    async def slowly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + b'{"first": ')
        await writer.drain()
        await asyncio.sleep(0.05)
        writer.write(b"true}\n")
        await writer.drain()
        while await reader.read(100):
            pass
        left.set()

    async with peer(slowly) as there, http_client(there.url, seconds=5) as client:
        async with aclosing(ask_lines(client, "/", {}, pause=5)) as found:
            assert await anext(found) == {"first": True}
        async with asyncio.timeout(5):
            await left.wait()
