"""One request's body on its way to the route: its size, its pace, its type and its depth."""

import asyncio
from collections.abc import Mapping
from functools import partial

from fastapi.params import Form
from fastapi.routing import APIRoute
from starlette.types import Message, Receive, Scope, Send

from app.core.errors import ApiError
from app.core.limits import Body, limits_of
from app.core.metrics import counter
from app.middleware.errors import BodyTooLarge, BodyTooSlow, JsonTooDeep, UnsupportedMediaType
from app.middleware.nesting import deeper_than

MOST_NESTED = 100
"""Levels of lists and objects in a body; what the API takes needs about five, and parsers give up at 200 to 1,000."""

SLOWEST = 16_384
"""Bytes a second that a body must reach on average after its grace: a 128 kbit/s uplink does."""

BIG = 1 << 18
"""Bytes of JSON from which it is looked through in a thread: below, that takes under 2 ms."""

LINGER_SECONDS = 2.0
"""How long the rest of a refused body is read and dropped, so that its sender gets to read the answer."""

REFUSED = counter("bodies_refused", "Bodies that were not read to their end.", ("code",))

JSON_TYPES = ("application/json",)
FORM_TYPES = ("multipart/form-data", "application/x-www-form-urlencoded")


def reads(route: object) -> tuple[str, ...] | None:
    """Return the types of body that a route reads; None if it has no body, or reads it by itself."""
    field = route.body_field if isinstance(route, APIRoute) else None
    if field is None:
        return None
    return FORM_TYPES if isinstance(field.field_info, Form) else JSON_TYPES


def is_json(media_type: str) -> bool:
    """Whether FastAPI parses a body of this type as JSON."""
    return media_type == "application/json" or (media_type.startswith("application/") and media_type.endswith("+json"))


class BodyReader:
    """Stands between the server and the route: `receive` for the one, `send` for the other."""

    def __init__(
        self, scope: Scope, receive: Receive, send: Send, *, length: int | None, most: Mapping[Body, int], grace: float
    ) -> None:
        """Look at nothing yet: the route is not known before it asks for its body.

        Args:
            scope: The request.
            receive: Where the body comes from.
            send: Where the answer goes.
            length: Bytes that were announced; None for a body in chunks.
            most: The limits, in bytes.
            grace: Seconds a body may take whatever its size.
        """
        self._scope, self._receive, self._send = scope, receive, send
        self._length, self._limits, self._grace = length, most, grace
        self._most = self._read = 0
        self._begun: float | None = None
        self._json = self._done = False
        self.refused: ApiError | None = None

    async def receive(self) -> Message:
        """Return the next piece of the body, and JSON in one piece.

        Raises:
            BodyTooLarge: More was announced, or came, than the route takes.
            BodyTooSlow: It did not arrive in time.
            JsonTooDeep: It is nested too deep.
            UnsupportedMediaType: The route does not read this type.
        """
        if self._done:
            return await self._receive()
        try:
            if self._begun is None:
                self._begin()
            return await (self._whole() if self._json else self._piece())
        except ApiError as error:
            self._done = True
            self.refused = error
            REFUSED.labels(error.code).inc()
            raise

    def _begin(self) -> None:
        self._begun = asyncio.get_running_loop().time()
        self._most = self._limits[limits_of(self._scope).body]
        if self._length is not None and self._length > self._most:
            raise self._too_large()
        given = next((value for name, value in self._scope["headers"] if name == b"content-type"), b"")
        media_type = given.decode("latin-1").partition(";")[0].strip().lower()
        self._json = is_json(media_type)
        expected = reads(self._scope.get("route"))
        if expected and media_type not in expected and not (self._json and expected is JSON_TYPES):
            raise UnsupportedMediaType(f"Send this body with Content-Type: {' or '.join(expected)}.")

    async def _whole(self) -> Message:
        pieces = []
        while not self._done:
            message = await self._piece()
            if message["type"] != "http.request":
                return message
            pieces.append(message["body"])
        body = b"".join(pieces)
        look = partial(deeper_than, MOST_NESTED, body)
        if await asyncio.to_thread(look) if len(body) > BIG else look():
            raise JsonTooDeep(f"Lists and objects may be nested {MOST_NESTED} deep in a body.")
        return {"type": "http.request", "body": body, "more_body": False}

    async def _piece(self) -> Message:
        assert self._begun is not None  # noqa: S101 - `receive` has begun
        try:
            async with asyncio.timeout_at(self._begun + self._grace + self._read / SLOWEST):
                message = await self._receive()
        except TimeoutError:
            raise BodyTooSlow(
                f"The body did not arrive in time: after {self._grace:g} s it must come at {SLOWEST} bytes a second."
            ) from None
        self._read += len(message.get("body", b""))
        if self._read > self._most:
            raise self._too_large()
        self._done = not message.get("more_body", False)
        return message

    def _too_large(self) -> BodyTooLarge:
        return BodyTooLarge(f"The body is larger than the {self._most} bytes that are taken here.")

    async def send(self, message: Message) -> None:
        """Pass the answer on. After a refusal the connection closes, once the sender had time to read why."""
        if self.refused is None:
            await self._send(message)
        elif message["type"] == "http.response.start":
            await self._send({**message, "headers": [*message["headers"], (b"connection", b"close")]})
        elif message.get("more_body", False):
            await self._send(message)
        else:
            await self._send({**message, "more_body": True})
            await self._linger()
            await self._send({"type": "http.response.body", "body": b""})

    async def _linger(self) -> None:
        """Drop what still comes. Closing at once would reset the connection, and the answer could be lost with it."""
        if isinstance(self.refused, BodyTooSlow):
            return
        try:
            async with asyncio.timeout(LINGER_SECONDS):
                while (await self._receive()).get("more_body", False):
                    pass
        except TimeoutError:
            return
