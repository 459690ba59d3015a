"""A name for every request, in its answer, its errors and the log; and one log line when it ends."""

import re
import time
from uuid import uuid4

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.client import client_address

log = structlog.get_logger(__name__)

ACCEPTED = re.compile(rb"[A-Za-z0-9._-]{1,64}")
"""What a caller may choose as a request id: nothing that could break a header or a log line."""

QUIET_PATHS = ("/api/health", "/metrics")
"""Asked every few seconds by machines: logged at debug level, so that people find their own requests."""


class RequestId:
    """Takes over a well-formed `X-Request-ID` or makes one."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"")
        request_id = given.decode() if ACCEPTED.fullmatch(given) else uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        status = 0
        begun = time.perf_counter()

        async def name_answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode())]
            await send(message)

        try:
            await self.app(scope, receive, name_answer)
        finally:
            write = log.debug if scope["path"].startswith(QUIET_PATHS) else log.info
            took_ms = round((time.perf_counter() - begun) * 1000, 1)
            write(
                "request",
                method=scope["method"],
                path=scope["path"],
                status=status,
                took_ms=took_ms,
                client=client_address(scope),
            )
