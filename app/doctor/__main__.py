"""The command line of the doctor."""

import argparse
import asyncio
import sys
from collections.abc import Sequence

import orjson
import structlog
from rich.console import Console
from rich.table import Table

from app.core.logging import configure_logging
from app.core.settings import Settings, SettingsError, load_settings
from app.directory import SETTINGS
from app.doctor.diagnosis import Diagnosis, Examination, Verdict, problem, well
from app.doctor.machine import examine_machine
from app.doctor.models import examine_models
from app.doctor.places import examine_places
from app.doctor.services import examine_address, examine_services
from app.doctor.watching import examine_watching

log = structlog.get_logger(__name__)

EXAMINATIONS: tuple[Examination, ...] = (
    *(examine_machine, examine_address, examine_services, examine_places, examine_watching, examine_models),
)

COLOURS = {Verdict.ok: "green", Verdict.warning: "yellow", Verdict.problem: "red"}


async def examine_all(settings: Settings) -> list[Diagnosis]:
    """Look at everything at once; return the lines in the order of `EXAMINATIONS`."""
    found = await asyncio.gather(*(safely(look, settings) for look in EXAMINATIONS))
    return [well("settings", "every variable is known and valid"), *(line for lines in found for line in lines)]


async def safely(look: Examination, settings: Settings) -> list[Diagnosis]:
    """Return what one examination found."""
    try:
        return await look(settings)
    except Exception as error:  # the edge: one look that breaks must not hide what the others found
        name = look.__name__.removeprefix("examine_")
        log.exception("examination_error", examination=name)
        return [problem(name, f"could not be looked at: unexpected {type(error).__name__}; the log has the details")]


def report(found: Sequence[Diagnosis], console: Console) -> None:
    """Print a line for each, and how many there are to mend."""
    table = Table(box=None, pad_edge=False, show_header=False)
    for _ in range(3):
        table.add_column(overflow="fold")
    for item in found:
        table.add_row(f"[{COLOURS[item.verdict]}]{item.verdict}[/]", item.subject, item.sentence)
    console.print(table)
    problems, warnings = (sum(item.verdict is bad for item in found) for bad in (Verdict.problem, Verdict.warning))
    if problems or warnings:
        console.print(f"problems: {problems}, warnings: {warnings}. What to do is said above.")
    else:
        console.print("All is well.")


def main() -> int:
    """Examine, print, and return 1 if there is a problem."""
    parser = argparse.ArgumentParser(prog="python -m app.doctor", description="Look at everything Reynard stands on.")
    parser.add_argument("--json", action="store_true", help="print a list of {subject, verdict, sentence}")
    asked = parser.parse_args()
    try:
        settings = load_settings(SETTINGS, refuse_unknown=True)
    except SettingsError as error:
        found = [problem("settings", line) for line in str(error).splitlines()]
    else:
        configure_logging(settings)
        found = asyncio.run(examine_all(settings))
    if asked.json:
        sys.stdout.buffer.write(orjson.dumps(found, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    else:
        report(found, Console(highlight=False, markup=True))
    return int(any(item.verdict is Verdict.problem for item in found))


if __name__ == "__main__":
    sys.exit(main())
