"""Bounds what a body may cost: bytes, seconds, depth. A request without a body passes untouched."""

from collections.abc import Mapping

from starlette.types import ASGIApp, Receive, Scope, Send

from app.core.limits import Body
from app.middleware.body_reader import BodyReader


class BodyLimits:
    """Puts a `BodyReader` between the server and whatever reads a body."""

    def __init__(self, app: ASGIApp, most: Mapping[Body, int], grace: float) -> None:
        """Take the limits.

        Args:
            app: What is protected.
            most: The largest body of each class, in bytes.
            grace: Seconds a body may take whatever its size.
        """
        self.app, self.most, self.grace = app, most, grace

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request."""
        if scope["type"] == "http":
            for name, value in scope["headers"]:
                if name in (b"content-length", b"transfer-encoding"):
                    length = int(value) if name == b"content-length" else None
                    if length != 0:
                        reader = BodyReader(scope, receive, send, length=length, most=self.most, grace=self.grace)
                        receive, send = reader.receive, reader.send
                    break
        await self.app(scope, receive, send)
