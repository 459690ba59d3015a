"""Create what is missing of the five databases, enable pgvector, and migrate. Safe to run again.

Usage: python scripts/setup_all_databases.py [--admin-url postgresql://postgres:password@host/postgres]
With --admin-url (or ADMIN_DATABASE_URL in the environment) the role that each URL names is made too, with no right but
to own its database. The administrator's URL is used for this and kept nowhere; host and port are those of each URL.
Exits with 1 if any database could not be set up, and says how to mend it.
"""

import argparse
import asyncio
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from rich.console import Console

from app.core.settings import SettingsError, load_settings
from app.db.settings import DatabaseName, DatabaseSettings
from app.db.setup import report, set_up_all
from app.db.urls import database_url


async def main() -> int:
    """Set up all five and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--admin-url", type=database_url, default=os.environ.get("ADMIN_DATABASE_URL"))
    admin_url = parser.parse_args().admin_url
    settings = load_settings([DatabaseSettings])
    outcomes = await set_up_all(settings, list(DatabaseName), admin_url=admin_url, create=True)
    return 0 if report(outcomes, Console(highlight=False)) else 1


if __name__ == "__main__":
    try:
        sys.exit(asyncio.run(main()))
    except SettingsError as error:
        sys.exit(str(error))
