"""One hostile input, and what has to be answered to it."""

import asyncio
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import orjson

LONGEST_ANSWER = 4_000_000
END_SECONDS = 20.0
"""For an answer; the slow senders are cut off after two."""

BOUNDARY = "reynard"


@dataclass(frozen=True)
class Attack:
    """Bytes that are sent over a connection of their own, and the answer that is right.

    Attributes:
        name: What it tries.
        request: The bytes, in pieces between which time passes.
        status: The statuses that are right; 0 stands for a connection that is closed without an answer.
        code: The code of the problem; None for answers of the HTTP parser, and for input that is only text to us.
        pause: Seconds between the pieces.
        absent: What may not be in the answer.
    """

    name: str
    request: tuple[bytes, ...]
    status: tuple[int, ...]
    code: str | None = None
    pause: float = 0.0
    absent: tuple[str, ...] = ()


@dataclass
class Scene:
    """What an attacker knows: tokens of accounts of theirs, and what the tokens say.

    Attributes:
        user, admin: Access tokens.
        refresh: A refresh token of the user.
        key: The key of the server, which no attacker knows; tokens that differ in one thing are made with it.
    """

    user: str
    admin: str
    refresh: str
    key: str
    tokens: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """What was answered to an attack; the time runs from the last byte that was sent."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    milliseconds: float

    @property
    def problem(self) -> dict[str, Any]:
        """The body of an error."""
        try:
            found = orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return {}
        return found if isinstance(found, dict) else {}


def http(
    method: str, target: str, headers: Mapping[str, str] | None = None, body: bytes = b"", token: str | None = None
) -> tuple[bytes, ...]:
    """Return a well-formed request in one piece."""
    lines = {"Host": "localhost", "Connection": "close"}
    lines |= {"Authorization": f"Bearer {token}"} if token else {}
    lines |= {"Content-Length": str(len(body))} if body else {}
    lines |= headers or {}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return (f"{method} {target} HTTP/1.1\r\n{head}\r\n".encode() + body,)


def sent_json(method: str, target: str, body: bytes | object, token: str | None = None) -> tuple[bytes, ...]:
    """Return a request with JSON."""
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    return http(method, target, {"Content-Type": "application/json"}, content, token)


def uploaded(token: str, name: str, content: bytes, media_type: str = "", **fields: str) -> tuple[bytes, ...]:
    """Return a request that sends a file in."""
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'
        for key, value in fields.items()
    ]
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
    head += f"Content-Type: {media_type}\r\n\r\n" if media_type else "\r\n"
    body = (
        "".join(parts).encode() + head.encode("utf-8", "surrogateescape") + content + f"\r\n--{BOUNDARY}--\r\n".encode()
    )
    kind = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    return http("POST", "/api/rag/ingest/file", kind, body, token)


async def carry_out(port: int, attack: Attack) -> Outcome:
    """Send an attack and return what came until the server closed the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=LONGEST_ANSWER)
    try:
        async with asyncio.timeout(END_SECONDS):
            answer = asyncio.ensure_future(everything(reader))
            with suppress(ConnectionError):  # refused before the end: the answer is there
                for number, piece in enumerate(attack.request):
                    if number and attack.pause:
                        await asyncio.wait((answer,), timeout=attack.pause)
                    writer.write(piece)
                    await writer.drain()
            sent = time.perf_counter()
            received, answered = await answer
    except TimeoutError:
        return Outcome(-1, {}, b"", END_SECONDS * 1000)
    finally:
        writer.close()
    return outcome(received, max(0.0, (answered - sent) * 1000))


async def everything(reader: asyncio.StreamReader) -> tuple[bytes, float]:
    """Return what comes until the server closes, in whatever way, and when the last of it came.

    A server that refuses a body waits for the rest of it before it closes, so that its answer is read: that is not
    the time it takes to answer.
    """
    received, last = bytearray(), time.perf_counter()
    with suppress(ConnectionError):
        while piece := await reader.read(65_536):
            received += piece
            last = time.perf_counter()
    return bytes(received), last


def outcome(received: bytes, milliseconds: float) -> Outcome:
    """Return an answer taken apart; status 0 is none at all."""
    head, _, body = received.partition(b"\r\n\r\n")
    if not head:
        return Outcome(0, {}, b"", milliseconds)
    line, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (item.partition(":") for item in lines)}
    if headers.get("transfer-encoding") == "chunked":
        body = unchunked(body)
    return Outcome(int(line.split()[1]), headers, body, milliseconds)


def unchunked(body: bytes) -> bytes:
    """Return a body without the lengths of its chunks."""
    whole = b""
    while body:
        size, _, rest = body.partition(b"\r\n")
        length = int(size, 16)
        whole, body = whole + rest[:length], rest[length + 2 :]
        if not length:
            break
    return whole


LEAKS = (
    "Traceback", 'File "', "asyncpg", "sqlalchemy", "PostgresError", "syntax error at or near", "site-packages",
    "/usr/", "/home/", "pydantic.dev", "uvicorn", "starlette", "BEGIN PRIVATE",
)  # fmt: skip
"""Words of drivers, traces and places; no input of the corpus holds one of them where it is echoed."""


def wrong(attack: Attack, got: Outcome, secrets: tuple[str, ...] = ()) -> str | None:
    """Return what is wrong with an answer; None if nothing is."""
    if got.status not in attack.status:
        return f"{attack.name}: {got.status} {got.problem.get('code', '')}, not {attack.status} {attack.code or ''}"
    if attack.code is not None and got.problem.get("code") != attack.code:
        return f"{attack.name}: code {got.problem.get('code')}, not {attack.code}"
    preflight = attack.request[0].startswith(b"OPTIONS ")  # what refuses it speaks to the browser, not to a program
    if got.status >= 400 and "x-request-id" in got.headers and not preflight:
        if got.headers.get("content-type") != "application/problem+json":
            return f"{attack.name}: {got.headers.get('content-type')} is no problem"
        if got.headers.get("x-content-type-options") != "nosniff":
            return f"{attack.name}: without the strict headers"
    shown = str(dict(got.headers)) + got.body.decode("utf-8", "replace")
    if leaked := [word for word in (*LEAKS, *secrets, *attack.absent) if word in shown]:
        return f"{attack.name}: tells {leaked}"
    return None
