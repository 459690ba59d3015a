"""`python main.py --check`: could everything open as it is set? Nothing is started and nothing changed."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from rich.console import Console
from rich.table import Table

from app.core.registry import ServiceDefinition, ServiceDisabled, ServiceFailed
from app.core.settings import Settings

log = structlog.get_logger(__name__)

CHECK_SECONDS = 10.0
"""For one service; longer than a driver waits for a connection, so that its sentence is the one shown."""

COLOURS = {"good": "green", "off": "dim", "bad": "red"}


@dataclass(frozen=True, slots=True)
class Finding:
    """What the check of one service found: `good`, `off` (nothing to serve here) or `bad`, and a sentence."""

    service: str
    result: str
    sentence: str


async def examine(settings: Settings, services: Sequence[ServiceDefinition]) -> list[Finding]:
    """Check all services at once; one that has nothing to check is left out."""
    return [found for found in await asyncio.gather(*(look(settings, item) for item in services)) if found is not None]


async def look(settings: Settings, service: ServiceDefinition) -> Finding | None:
    """Return what the check of one service found, or None when it has none."""
    if off := service.disabled(settings):
        return Finding(service.name, "off", off)
    if service.check is None:
        return None
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return Finding(service.name, "good", await service.check(settings))
    except ServiceDisabled as error:
        return Finding(service.name, "off", str(error))
    except ServiceFailed as error:
        return Finding(service.name, "bad", str(error))
    except TimeoutError:
        return Finding(service.name, "bad", f"gave no answer within {CHECK_SECONDS:g} s")
    except Exception as error:  # the edge: one check that breaks must not hide what the others found
        log.exception("check_error", service=service.name)
        return Finding(service.name, "bad", f"unexpected {type(error).__name__}; the log has the details")


def report(findings: Sequence[Finding], console: Console) -> bool:
    """Print the findings as a table; return whether none is bad."""
    table = Table(box=None, pad_edge=False)
    for heading in ("check", "result", "found"):
        table.add_column(heading, overflow="fold")
    for item in findings:
        table.add_row(item.service, f"[{COLOURS[item.result]}]{item.result}[/]", item.sentence)
    console.print(table)
    bad = sum(item.result == "bad" for item in findings)
    console.print(f"{bad} to mend: see above." if bad else "Everything can start.")
    return bad == 0
