"""Counts and times every request, for Prometheus."""

import time

from prometheus_client import Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.metrics import counter, gauge, histogram

REQUESTS = counter("http_requests", "Requests answered.", ("method", "route", "status"))
SECONDS = histogram(
    "http_request_seconds",
    "Time until an answer began.",
    ("method", "route"),
    buckets=(0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
IN_FLIGHT = gauge("http_requests_in_flight", "Requests being served, open streams included.", ("scheme",))

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

NO_ROUTE = "none"
"""The route of whatever has no template: unknown paths, refused hosts, shipped files."""


class Measuring:
    """Labels by the template of the route, so that no caller can invent new series."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._in_flight = {scheme: IN_FLIGHT.labels(scheme) for scheme in ("http", "https")}
        self._counters: dict[tuple[str, str, int], Counter] = {}
        self._histograms: dict[tuple[str, str], Histogram] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = time.perf_counter()

        async def note_start(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._note(scope, message["status"], time.perf_counter() - begun)
            await send(message)

        in_flight = self._in_flight["https" if scope["scheme"] == "https" else "http"]
        in_flight.inc()
        try:
            await self.app(scope, receive, note_start)
        finally:
            in_flight.dec()

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        method = scope["method"] if scope["method"] in METHODS else "other"
        route = getattr(scope.get("route"), "path", NO_ROUTE)
        key = (method, route, status)
        requests = self._counters.get(key)
        if requests is None:
            requests = self._counters[key] = REQUESTS.labels(method, route, status)
            self._histograms[method, route] = SECONDS.labels(method, route)
        requests.inc()
        self._histograms[method, route].observe(seconds)
