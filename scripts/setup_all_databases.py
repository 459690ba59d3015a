"""Create what is missing of the five databases, enable pgvector, and migrate. Safe to run again.

Usage: python scripts/setup_all_databases.py
Exits with 1 if any database could not be set up, and says how to mend it.
"""

import asyncio
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from rich.console import Console
from rich.table import Table

from app.core.settings import Settings, SettingsError, load_settings
from app.db.database import asyncpg_url
from app.db.embedded import EmbeddedServerError
from app.db.faults import in_words
from app.db.provision import provision, url_for_script
from app.db.settings import DatabaseName, DatabaseSettings


async def set_up(settings: Settings, name: DatabaseName) -> tuple[str, str | None]:
    """Return what was done, and the reason if it failed."""
    try:
        async with url_for_script(settings, name) as (url, _):
            try:
                done = await provision(url, name, create=True)
            except Exception as error:  # noqa: BLE001 - the edge to the driver: a sentence for each, and on to the next
                return "", in_words(error, asyncpg_url(url))
            return ", ".join(done) or "up to date", None
    except EmbeddedServerError as error:
        return "", str(error)


async def main() -> int:
    """Set up all five and print a table."""
    settings = load_settings([DatabaseSettings])
    table = Table("database", "result", box=None)
    failures: list[str] = []
    for name in DatabaseName:
        done, problem = await set_up(settings, name)
        table.add_row(str(name), f"[red]failed: {problem}[/red]" if problem else f"[green]{done}[/green]")
        failures += [problem] if problem else []
    Console(highlight=False).print(table)
    return 1 if failures else 0


if __name__ == "__main__":
    try:
        sys.exit(asyncio.run(main()))
    except SettingsError as error:
        sys.exit(str(error))
