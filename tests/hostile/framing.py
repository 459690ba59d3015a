"""Requests whose end two readers would see in different places (request smuggling), and lines that are no HTTP.

The parser answers 400 and closes; what it takes, a route answers once, and nothing behind it is served.
"""

from collections.abc import Iterator

from tests.hostile.attack import Attack, Scene

LOGIN = b"POST /api/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
HIDDEN = b"GET /api/hidden HTTP/1.1\r\nHost: localhost\r\n\r\n"

LENGTHS = {
    "two lengths that differ": b"Content-Length: 2\r\nContent-Length: 50\r\n\r\n{}" + HIDDEN,
    "two lengths in one line": b"Content-Length: 2, 50\r\n\r\n{}" + HIDDEN,
    "a length with a sign": b"Content-Length: +2\r\n\r\n{}",
    "a negative length": b"Content-Length: -1\r\n\r\n{}",
    "a length in hex": b"Content-Length: 0x2\r\n\r\n{}",
    "a length with a fraction": b"Content-Length: 2.0\r\n\r\n{}",
    "a length with letters": b"Content-Length: two\r\n\r\n{}",
    "an empty length": b"Content-Length: \r\n\r\n{}",
    "a length that overflows": b"Content-Length: 99999999999999999999999\r\n\r\n{}",
    "a length with underscores": b"Content-Length: 1_0\r\n\r\n{}",
    "a length with a space before the colon": b"Content-Length : 2\r\n\r\n{}",
    "a length with a NUL": b"Content-Length: 2\0\r\n\r\n{}",
    "length and chunks": b"Content-Length: 50\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + HIDDEN,
    "chunks and length": b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" + HIDDEN,
}
CHUNKS = {
    "a size with a sign": b"+2\r\n{}\r\n0\r\n\r\n",
    "a size with 0x": b"0x2\r\n{}\r\n0\r\n\r\n",
    "a negative size": b"-2\r\n{}\r\n0\r\n\r\n",
    "a size that overflows": b"fffffffffffffffff\r\n{}\r\n0\r\n\r\n",
    "no size": b"\r\n{}\r\n0\r\n\r\n",
    "a size with letters": b"zz\r\n{}\r\n0\r\n\r\n",
    "a size with underscores": b"0_2\r\n{}\r\n0\r\n\r\n",
    "more than the size": b"2\r\n{}xx\r\n0\r\n\r\n",
    "a bare line feed after the size": b"2\n{}\r\n0\r\n\r\n",
    "a bare carriage return after the size": b"2\r{}\r\n0\r\n\r\n",
}
ENCODINGS = {
    "an unknown encoding": b"Transfer-Encoding: gzip\r\n\r\n",
    "chunked that is not the last": b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "chunked in disguise": b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "chunked with a tab before the colon": b"Transfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n",
    "chunked with a vertical tab": b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
    "chunked twice": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
}
LINES = {
    "no HTTP at all": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    "HTTP/0.9": b"GET /\r\n\r\n",
    "HTTP/3.0": b"GET / HTTP/3.0\r\nHost: localhost\r\n\r\n",
    "a version with letters": b"GET / HTTP/1.x\r\nHost: localhost\r\n\r\n",
    "a method with a NUL": b"GE\0T / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "an unknown method": b"HACK / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a preface of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a target with a space": b"GET /a b HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a target with a NUL": b"GET /\0 HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a header without a colon": b"GET / HTTP/1.1\r\nHost: localhost\r\nnonsense\r\n\r\n",
    "a header without a name": b"GET / HTTP/1.1\r\nHost: localhost\r\n: value\r\n\r\n",
    "a header with a NUL": b"GET / HTTP/1.1\r\nHost: localhost\r\nX: a\0b\r\n\r\n",
    "a header with a bare carriage return": b"GET / HTTP/1.1\r\nHost: localhost\r\nX: a\rInjected: 1\r\n\r\n",
    "a folded header": b"GET / HTTP/1.1\r\nHost: localhost\r\nX: a\r\n\tb: c\r\n\r\n",
    "a space before a header": b"GET / HTTP/1.1\r\n Host: localhost\r\nX: y\r\n\r\n",
    "only line feeds": b"GET / HTTP/1.1\nHost: localhost\nX: a\0\n\n",
}


def attacks(_: Scene) -> Iterator[Attack]:
    """Yield them."""
    for name, rest in LENGTHS.items():
        yield Attack(name, (LOGIN + rest,), (400,), absent=("hidden",))
    for name, rest in CHUNKS.items():
        yield Attack(name, (LOGIN + b"Transfer-Encoding: chunked\r\n\r\n" + rest,), (400,), absent=("hidden",))
    for name, rest in ENCODINGS.items():
        yield Attack(name, (LOGIN + rest,), (400,), absent=("hidden",))
    for name, request in LINES.items():
        yield Attack(name, (request,), (400,))
