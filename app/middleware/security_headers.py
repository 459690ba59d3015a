"""Headers that tell a browser to be strict with what we answer."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    (
        b"content-security-policy",
        b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    ),
)
"""The policy of answers that are no page: nothing in them may run or load. A page sends a policy of its own."""

HSTS = (b"strict-transport-security", b"max-age=31536000")
"""For one year, only over https, and not for subdomains: they may belong to somebody else."""


class SecurityHeaders:
    """Adds `HEADERS` to every answer that does not set them itself."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request."""

        async def add(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = message["headers"]
                names = {name for name, _ in given}
                added = [pair for pair in HEADERS if pair[0] not in names]
                if scope["scheme"] == "https":
                    added.append(HSTS)
                message["headers"] = [*given, *added]
            await send(message)

        await self.app(scope, receive, add if scope["type"] == "http" else send)
