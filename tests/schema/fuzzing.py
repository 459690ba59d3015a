"""Calls of every route with input made from the OpenAPI document, and whether the answer is one that it documents.

Nothing is left out: routes that delete, pause and restart are called like all others. Two things are bounded: of a
stream only the beginning is read, and nobody waits for an index.
"""

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import requests
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case as AnyCase
from schemathesis import GenerationMode
from schemathesis.core.result import Ok
from schemathesis.openapi import from_dict
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

CHECKS = [
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
UNAVAILABLE = 503
UNSET = {"images_unavailable", "caption_unavailable", "no_model"}
"""Codes of models that a fresh installation does not have; any other 5xx is a fault, but for speech, an extra."""

SECONDS = 20.0
"""For one answer."""

Case = AnyCase[Any]
Headers = Callable[[], dict[str, str]]


@dataclass
class Report:
    """What came of the calls; `unset` counts those that asked for what has to be configured first."""

    cases: int = 0
    unset: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


class Fuzzer:
    """Calls the routes of the server at `url`, which documents itself by `document`."""

    def __init__(self, document: dict[str, Any], url: str, examples: int, *, random: bool) -> None:
        """Choose how many inputs each route gets of each mode, and whether they differ from run to run."""
        self._operations = [found.ok() for found in from_dict(document).get_all_operations() if isinstance(found, Ok)]
        self._url = url
        self._session = requests.Session()
        self._settings = settings(
            max_examples=examples,
            deadline=None,
            database=None,
            derandomize=not random,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )

    def run(self, headers: Headers, report: Report) -> None:
        """Call every route; `headers` gives those of the caller anew for each, as some routes end a session."""
        for operation in self._operations:
            given_headers = headers()
            for mode in GenerationMode:
                self._call(operation, mode, given_headers, report)

    def _call(self, operation: Any, mode: GenerationMode, headers: dict[str, str], report: Report) -> None:
        @self._settings
        @given(case=operation.as_strategy(generation_mode=mode))
        def call(case: Case) -> None:
            bound(case)
            report.cases += 1
            arguments = case.as_transport_kwargs(base_url=self._url, headers=headers)
            try:
                answer = self._session.request(**arguments, timeout=SECONDS, stream=True, allow_redirects=False)
                streamed = "event-stream" in answer.headers.get("content-type", "")
            except requests.exceptions.RequestException as error:
                report.faults.append(f"{operation.label}: {type(error).__name__}")
                return
            report.statuses[answer.status_code] += 1
            report.unset += unset(answer)
            if answer.status_code >= 500 and not unset(answer):
                report.faults.append(f"{operation.label}: {answer.status_code} {answer.text[:300]}")
            elif streamed:
                answer.close()
            else:
                self._check(case, answer, operation.label, report)

        with suppress(Unsatisfiable):  # a route without input has no wrong input
            call()

    def _check(self, case: Case, answer: requests.Response, label: str, report: Report) -> None:
        try:
            case.validate_response(answer, checks=CHECKS)
        except AssertionError as fault:
            report.faults.append(f"{label}: {answer.status_code} {fault}"[:600])


def unset(answer: requests.Response) -> bool:
    """Whether an answer says which setting is missing."""
    if answer.status_code != UNAVAILABLE:
        return False
    problem = answer.json()
    return problem["code"] in UNSET or problem["detail"].startswith("The service tts is disabled")


def bound(case: Case) -> None:
    """Take out of an input what would wait."""
    places: tuple[Any, ...] = (case.query, case.body)
    for place in places:
        if isinstance(place, dict) and ("wait_ms" in place or (place is case.body and "/ingest" in case.path)):
            place["wait_ms"] = 0
