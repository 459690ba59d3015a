"""Bodies that are too large, too deep, too slow, of the wrong type, or no JSON that one could store."""

from collections.abc import Iterator

from tests.hostile.attack import BOUNDARY, Attack, Scene, http, sent_json, uploaded

LONG = "x" * 2_000_000

JSON = {
    "NaN": (b'{"q": "a", "min_score": NaN}', "invalid_input"),
    "Infinity": (b'{"q": "a", "min_score": Infinity}', "invalid_input"),
    "-Infinity": (b'{"q": "a", "min_score": -Infinity}', "invalid_input"),
    "1e999": (b'{"q": "a", "min_score": 1e999}', "invalid_input"),
    "a number of 5,000 digits": (b'{"q": "a", "top_k": ' + b"9" * 5000 + b"}", "invalid_input"),
    "a number of 100,000 digits": (b'{"q": "a", "top_k": ' + b"9" * 100_000 + b"}", "invalid_input"),
    "a number beyond 64 bits": (b'{"q": "a", "top_k": 9223372036854775808}', "invalid_input"),
    "a number as text": (b'{"q": "a", "top_k": "ten"}', "invalid_input"),
    "a fraction for a whole number": (b'{"q": "a", "top_k": 1.5}', "invalid_input"),
    "a negative number": (b'{"q": "a", "top_k": -1}', "invalid_input"),
    "a NUL": (b'{"q": "a\\u0000b"}', "invalid_input"),
    "a raw NUL": (b'{"q": "a\0b"}', "invalid_input"),
    "a lone surrogate": (b'{"q": "\\ud800"}', "invalid_input"),
    "surrogates the wrong way round": (b'{"q": "\\udc00\\ud800"}', "invalid_input"),
    "invalid UTF-8": (b'{"q": "\xff\xfe"}', "invalid_input"),
    "an overlong form of /": (b'{"q": "\xc0\xaf"}', "invalid_input"),
    "UTF-16": ('{"q": "a"}'.encode("utf-16-le")[:-1], "invalid_input"),
    "two documents": (b'{"q": "a"}{"q": "b"}', "invalid_input"),
    "half a document": (b'{"q": "a"', "invalid_input"),
    "single quotes": (b"{'q': 'a'}", "invalid_input"),
    "a comment": (b'{"q": "a" /* b */}', "invalid_input"),
    "a comma at the end": (b'{"q": "a",}', "invalid_input"),
    "a list": (b'["a"]', "invalid_input"),
    "a string": (b'"a"', "invalid_input"),
    "a number": (b"1", "invalid_input"),
    "null": (b"null", "invalid_input"),
    "a field more": (b'{"q": "a", "__proto__": {"admin": true}}', "invalid_input"),
    "a class": (b'{"q": "a", "__class__": "x"}', "invalid_input"),
    "an object for a string": (b'{"q": {"$gt": ""}}', "invalid_input"),
    "a list for a string": (b'{"q": ["a"]}', "invalid_input"),
    "true for a string": (b'{"q": true}', "invalid_input"),
    "a long string": (b'{"q": "' + b"a" * 500_000 + b'"}', "invalid_input"),
    "101 levels of lists": (b'{"q": ' + b"[" * 101 + b"]" * 101 + b"}", "json_too_deep"),
    "10,000 levels of objects": (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "json_too_deep"),
    "half a million brackets": (b"[" * 500_000, "json_too_deep"),
    "a million fields": (b"{" + b'"a":1,' * 160_000 + b'"q": "a"}', "invalid_input"),
    "a million entries": (b'{"q": [' + b"1," * 400_000 + b"1]}", "invalid_input"),
}
TYPES = (
    "text/plain",
    "application/xml",
    "text/html",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=a",
    "application/octet-stream",
    "application/json, text/plain",
    "application/jsonp",
    "image/png",
    "*/*",
    "",
    "json",
    "a" * 5000,
)
LONG = "x" * 2_000_000
PARTS = {
    "no boundary": ("multipart/form-data", b"--a\r\n\r\n--a--", (400, 422)),
    "an empty boundary": ("multipart/form-data; boundary=", b"----", (400, 422)),
    "a boundary that never comes": ("multipart/form-data; boundary=zz", b"x" * 10_000, (400, 422)),
    "a boundary of 10,000": ("multipart/form-data; boundary=" + "a" * 10_000, b"--a--", (400, 422)),
    "no end": (
        f"multipart/form-data; boundary={BOUNDARY}",
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nx'.encode(),
        (400, 422),
    ),
    "a part without a name": (
        f"multipart/form-data; boundary={BOUNDARY}",
        f"--{BOUNDARY}\r\nContent-Disposition: form-data\r\n\r\nx\r\n--{BOUNDARY}--".encode(),
        (400, 422),
    ),
    "a part without headers": (
        f"multipart/form-data; boundary={BOUNDARY}",
        f"--{BOUNDARY}\r\n\r\nx\r\n--{BOUNDARY}--".encode(),
        (400, 422),
    ),
    "5,000 fields": (
        f"multipart/form-data; boundary={BOUNDARY}",
        (f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="a"\r\n\r\nx\r\n' * 5000 + f"--{BOUNDARY}--").encode(),
        (400, 413, 422),
    ),
    "5,000 files": (
        f"multipart/form-data; boundary={BOUNDARY}",
        (
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nx\r\n' * 5000
            + f"--{BOUNDARY}--"
        ).encode(),
        (400, 413, 422),
    ),
    "a field of 2 MB": (
        f"multipart/form-data; boundary={BOUNDARY}",
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="title"\r\n\r\n{LONG}\r\n--{BOUNDARY}--'.encode(),
        (400, 413, 422),
    ),
    "a header of a part of 1 MB": (
        f"multipart/form-data; boundary={BOUNDARY}",
        f"--{BOUNDARY}\r\nX: {'x' * 1_000_000}\r\n\r\nx\r\n--{BOUNDARY}--".encode(),
        (400, 413, 422),
    ),
    "10,000 headers of a part": (
        f"multipart/form-data; boundary={BOUNDARY}",
        (f"--{BOUNDARY}\r\n" + "X: x\r\n" * 10_000 + f"\r\nx\r\n--{BOUNDARY}--").encode(),
        (400, 413, 422),
    ),
}
FORMS = {
    "5,000 fields": b"&".join([b"a=b"] * 5000),
    "a field of 500,000": b"username=" + b"a" * 500_000,
    "a field of separators": b"&" * 500_000,
    "percents that are none": b"username=%zz%&password=%",
    "no user": b"password=a",
    "a JSON body": b'{"username": "a", "password": "b"}',
}
BIG = b" " * 1_048_577
HEAD = b"POST /api/rag/query HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nConnection: close\r\n"


def attacks(scene: Scene) -> Iterator[Attack]:
    """Yield them."""
    for name, (body, code) in JSON.items():
        yield Attack(f"JSON with {name}", sent_json("POST", "/api/rag/query", body), (422,), code)
    for kind in TYPES:
        request = http("POST", "/api/rag/query", {"Content-Type": kind}, b'{"q": "a"}')
        yield Attack(f"type {kind[:30]}", request, (415,), "unsupported_media_type")
    for name, (kind, body, status) in PARTS.items():
        request = http("POST", "/api/rag/ingest/file", {"Content-Type": kind}, body, scene.user)
        yield Attack(f"multipart with {name}", request, status)
    for name, body in FORMS.items():
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        yield Attack(f"form with {name}", http("POST", "/api/auth/token", form, body), (400, 401, 413, 422))
    yield Attack("a megabyte and a byte", sent_json("POST", "/api/rag/query", BIG), (413,), "body_too_large")
    announced = (HEAD + b"Content-Length: 10000000000\r\n\r\n",)
    yield Attack("ten gigabytes announced", announced, (413,), "body_too_large")
    chunked = (HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"40000\r\n" + b" " * 0x40000 + b"\r\n", *[
        b"40000\r\n" + b" " * 0x40000 + b"\r\n" for _ in range(5)
    ])  # fmt: skip
    yield Attack("chunks without an end", chunked, (413,), "body_too_large")
    yield Attack(
        "a document beyond the limit", sent_json("POST", "/api/rag/ingest", b" " * 8_400_000, scene.user), (413,)
    )
    slow = (HEAD + b"Content-Length: 100\r\n\r\n", *[b'"'] * 8)
    yield Attack("a byte now and then", slow, (408,), "body_too_slow", pause=0.3)
    nothing = (HEAD + b"Content-Length: 100\r\n\r\n",)
    yield Attack("a body that never comes", nothing, (408,), "body_too_slow")
    stuck = (HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n",)
    yield Attack("a chunk that never comes", stuck, (408,), "body_too_slow")
    for name in ("a\r\nX: y", "a\0b", "../../etc/passwd", "a\x1b[31m", "con\u202etxt.exe"):
        yield Attack(
            f"a file named {name!a}",
            uploaded(scene.user, name, b"text", wait_ms="0"),
            (200, 400, 422),
            absent=("\x1b",),
        )
