"""Bring every database to the newest revision; nothing is created. Safe to run again.

Usage: python scripts/run_migrations.py
Exits with 1 if any could not be migrated, and says how to mend it. scripts/migrate.py does one at a time, and back.
"""

import asyncio
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from rich.console import Console

from app.core.settings import SettingsError, load_settings
from app.db.settings import DatabaseName, DatabaseSettings
from app.db.setup import report, set_up_all


async def main() -> int:
    """Migrate all five and print a table."""
    settings = load_settings([DatabaseSettings])
    outcomes = await set_up_all(settings, list(DatabaseName), create=False)
    return 0 if report(outcomes, Console(highlight=False)) else 1


if __name__ == "__main__":
    try:
        sys.exit(asyncio.run(main()))
    except SettingsError as error:
        sys.exit(str(error))
