"""Tells a caller how much of its rate limit is left, in every answer that was counted."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.limits.rates import headers


class RateHeaders:
    """Adds the RateLimit headers where `app.core.access` left a standing."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request."""

        async def add(message: Message) -> None:
            if message["type"] == "http.response.start" and (known := scope["state"].get("standing")) is not None:
                pairs = [(name.lower().encode(), value.encode()) for name, value in headers(known).items()]
                message["headers"] = [*message["headers"], *pairs]
            await send(message)

        await self.app(scope, receive, add if scope["type"] == "http" else send)
