"""What the doctor says about one thing."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from app.core.settings import Settings


class Verdict(StrEnum):
    """How bad it is: a `problem` keeps something from working, a `warning` will or may."""

    ok = "ok"
    warning = "warning"
    problem = "problem"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One line: what was looked at, how it is, and a sentence that says what to do unless all is well."""

    subject: str
    verdict: Verdict
    sentence: str


Examination = Callable[[Settings], Awaitable[list[Diagnosis]]]


def well(subject: str, sentence: str) -> Diagnosis:
    """Return that all is well."""
    return Diagnosis(subject, Verdict.ok, sentence)


def warning(subject: str, sentence: str) -> Diagnosis:
    """Return something that one should look after."""
    return Diagnosis(subject, Verdict.warning, sentence)


def problem(subject: str, sentence: str) -> Diagnosis:
    """Return something that does not work."""
    return Diagnosis(subject, Verdict.problem, sentence)
