"""Headers that lie about who asks, for whom and from where; too many of them; and upgrades nobody offers."""

from collections.abc import Iterator

from tests.hostile.attack import Attack, Scene, http

HOSTS = {
    "a stranger's name": "evil.example",
    "our name below a stranger's": "localhost.evil.example",
    "a stranger's name that ends with ours": "evillocalhost",
    "a name with credentials": "localhost@evil.example",
    "two names": "localhost, evil.example",
    "a name with a path": "localhost/evil.example",
    "a name with a space": "localhost evil.example",
    "a name with a quote": 'localhost"',
    "a name with markup": "<script>",
    "an empty name": "",
    "a port with letters": "localhost:80a",
    "a negative port": "localhost:-80",
    "a very long name": "a." * 2000,
    "half an address": "[::1",
    "an address with a zone": "[::1%25lo]",
    "an address of the network": "192.168.0.1",
    "a metadata server": "169.254.169.254",
    "an IPv4 address in IPv6": "[::ffff:10.0.0.1]",
    "an address as a number": "2130706433",
    "unicode dots": "127\u30020\u30020\u30021",
    "a percent": "local%68ost",
    "a backslash": "localhost\\evil.example",
    "a wildcard": "*",
    "an underscore name": "_",
}
ORIGINS = (
    "https://evil.example",
    "null",
    "http://localhost:3000.evil.example",
    "http://localhost:3001",
    "https://localhost:3000",
    "http://evil.example/http://localhost:3000",
    "*",
    "file://",
    "http://LOCALHOST:3000@evil",
)
REQUEST_IDS = (
    "a" * 65,
    "a b",
    "../../etc/passwd",
    "<script>alert(1)</script>",
    "${jndi:ldap://evil.example/a}",
    "%0d%0aSet-Cookie:a",
    "' OR 1=1--",
    "\x1b[31mred",
    "\u202e",
    "{{7*7}}",
)
OVERRIDES = ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "X-Original-URL", "X-Rewrite-URL")
CLAIMED = {
    "X-Forwarded-For": "127.0.0.1",
    "X-Real-IP": "127.0.0.1",
    "Forwarded": "for=127.0.0.1",
    "Via": "1.1 localhost",
    "X-Forwarded-Host": "localhost",
}


def attacks(scene: Scene) -> Iterator[Attack]:
    """Yield them."""
    for name, host in HOSTS.items():
        yield Attack(f"Host: {name}", http("GET", "/api/health", {"Host": host}), (400,), "untrusted_host")
    without = (b"GET /api/health HTTP/1.1\r\nConnection: close\r\n\r\n",)
    yield Attack("no Host", without, (400,), "untrusted_host")
    twice = (b"GET /api/health HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n",)
    yield Attack("two Hosts", twice, (400,), "untrusted_host")
    absolute = http("GET", "http://evil.example/api/protected")
    yield Attack("another host in the target", absolute, (401, 404), absent=("evil.example/",))
    for origin in ORIGINS:
        asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        refused = Attack(f"CORS of {origin}", http("OPTIONS", "/api/auth/login", asked), (400,))
        yield Attack(refused.name, refused.request, refused.status, absent=("allow-origin",))
        with_token = http("GET", "/api/auth/me", {"Origin": origin}, token=scene.user)
        yield Attack(f"an answer for {origin}", with_token, (200,), absent=("allow-origin",))
    method = {"Origin": "http://localhost:3000", "Access-Control-Request-Method": "TRACE"}
    yield Attack("CORS with TRACE", http("OPTIONS", "/api/auth/login", method), (400,))
    for given in REQUEST_IDS:
        yield Attack(
            f"request id {given[:20]!a}", http("GET", "/api/none", {"X-Request-ID": given}), (400, 404), absent=(given,)
        )
    for header in OVERRIDES:
        overridden = http(
            "POST", "/api/auth/me", {header: "DELETE" if "Method" in header else "/api/services"}, token=scene.user
        )
        yield Attack(f"{header} at a route without POST", overridden, (405,), "method_not_allowed")
    for header, value in CLAIMED.items():
        yield Attack(f"numbers with {header}", http("GET", "/metrics", {header: value}), (401,), "not_authenticated")
    many = {f"X-Header-{number}": "x" for number in range(5000)}
    yield Attack("5,000 headers", http("GET", "/api/none", many), (400, 404, 431))
    yield Attack("one header of a megabyte", http("GET", "/api/none", {"X": "x" * 1_000_000}), (400, 404, 431))
    yield Attack("a token of a megabyte", http("GET", "/api/auth/me", token="x" * 1_000_000), (400, 401, 431))
    chain = {"X-Forwarded-For": ", ".join(["127.0.0.1"] * 10_000)}
    yield Attack("10,000 hops", http("GET", "/metrics", chain), (400, 401, 431))
    yield Attack("a long target", http("GET", "/" + "a" * 100_000), (400, 404, 414))
    yield Attack("a long query", http("GET", "/api/search/hybrid?q=" + "a" * 100_000), (400, 414, 422))
    parameters = "&".join(f"paths={number}" for number in range(2000))
    yield Attack("2,000 parameters", http("GET", f"/api/search/hybrid?q=a&{parameters}"), (400, 422))
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    upgrade |= {"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}
    closing = {"Connection": "Upgrade, close"}
    yield Attack("a WebSocket", http("GET", "/api/none", upgrade | closing), (400, 403, 404))
    yield Attack(
        "a WebSocket of a stranger", http("GET", "/api/none", upgrade | closing | {"Host": "evil.example"}), (400, 403)
    )
    yield Attack(
        "HTTP/2 by upgrade", http("GET", "/api/none", {"Connection": "Upgrade, close", "Upgrade": "h2c"}), (404,)
    )
    for verb in ("TRACE", "CONNECT", "PROPFIND", "PURGE", "DEBUG"):
        target = "localhost:80" if verb == "CONNECT" else "/api/auth/me"
        yield Attack(f"method {verb}", http(verb, target, token=scene.user), (400, 404, 405), absent=(scene.user,))
