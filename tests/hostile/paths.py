"""Ways out of a directory: in the target, in names of documents, in directories of sources, in filters."""

from collections.abc import Iterator

from tests.hostile.attack import Attack, Scene, http, sent_json

TARGETS = (
    "/../etc/passwd",
    "/api/docs/assets/../../../../etc/passwd",
    "/api/docs/assets/..%2f..%2f..%2fetc/passwd",
    "/api/docs/assets/%2e%2e/%2e%2e/etc/passwd",
    "/api/docs/assets/%252e%252e/etc/passwd",
    "/api/docs/assets//etc/passwd",
    "/api/docs/assets/....//....//etc/passwd",
    "/api/docs/assets/..\\..\\etc\\passwd",
    "/api/docs/assets/%5c..%5c..%5cetc",
    "/api/docs/assets/%00",
    "/api/docs/assets/a%00.js",
    "/api/docs/assets/%c0%ae%c0%ae/etc/passwd",
    "/api/docs/assets/" + "../" * 60 + "etc/passwd",
    "/api/docs/assets/" + "a" * 5000,
    "/api/docs/assets/.git/config",
    "/.env",
    "/.git/config",
    "/api/.env",
    "/server-status",
    "/api//auth/me",
    "//api/auth/me",
    "/api/auth/me/",
    "/api/auth/me;a=b",
    "/api/auth/./me",
    "/api/auth/x/../me",
    "/API/AUTH/ME",
    "/api/auth/me%20",
    "/api/auth/me%2f",
    "/api%2fauth%2fme",
    "/%2e/api/auth/me",
    "/api/auth/me%00",
    "/api/auth/me.json",
    "/api/auth/%6d%65%0a",
)
"""None is a route: nothing is served, and no other spelling of a route opens what the route does not."""

NAMES = (
    "../secret.md",
    "a/../../secret.md",
    "..\\secret.md",
    "..",
    "/..",
    "",
    " ",
    "/",
    ".",
    "./.",
    "a\0.md",
    "a\nb.md",
    "\ud800",
    ".env",
    "a/.env",
    "id_rsa",
    "server.pem",
    "x" * 5000,
    "https://",
    "a/" * 600 + "b",
)
DIRECTORIES = (
    "/",
    "/etc",
    "/root",
    "/proc/self",
    "/dev",
    "..",
    "../..",
    "~",
    "~root",
    "~nobody/x",
    "/nowhere",
    "/etc/../etc",
    "a\tb",
    "//etc",
    "/proc/1/root",
    "file:///etc",
    "\\\\host\\share",
    "C:\\",
    "x" * 4000,
    "/etc/passwd",
)


def attacks(scene: Scene) -> Iterator[Attack]:
    """Yield them."""
    for target in TARGETS:
        yield Attack(
            f"target {target[:40]}", http("GET", target), (307, 400, 401, 404), absent=("root:", "DATABASE_URL")
        )
    for name in NAMES:
        item = b'{"items": [{"source": ' + escaped(name) + b', "content": "text"}], "wait_ms": 0}'
        yield Attack(
            f"a document named {name[:30]!a}",
            sent_json("POST", "/api/rag/ingest", item, scene.user),
            (200, 422),
            absent=('"processed":1', '"pending":1'),
        )
    for path in DIRECTORIES:
        body = {"name": "evil", "path": path}
        yield Attack(
            f"a source at {path[:30]!a}",
            sent_json("POST", "/api/rag/sources", body, scene.admin),
            (422,),
            "path_not_allowed",
        )
    for path in ("\0", ""):
        body = {"name": "evil", "path": path}
        yield Attack(
            f"a source at {path!a}", sent_json("POST", "/api/rag/sources", body, scene.admin), (422,), "invalid_input"
        )


def escaped(text: str) -> bytes:
    """Return text as JSON in ASCII, half surrogates too."""
    return ('"' + "".join(f"\\u{ord(character):04x}" for character in text) + '"').encode()
