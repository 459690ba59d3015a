"""Create and migrate the database of accounts alone, and tell how to make an administrator. Safe to run again.

Usage: python scripts/init_auth_database.py [--admin-url postgresql://postgres:password@host/postgres]
"""

import argparse
import asyncio
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from rich.console import Console

from app.core.settings import SettingsError, load_settings
from app.db.settings import DatabaseName, DatabaseSettings, database_for
from app.db.setup import report, set_up_all
from app.db.urls import database_url


async def main() -> int:
    """Set it up and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--admin-url", type=database_url, default=os.environ.get("ADMIN_DATABASE_URL"))
    admin_url = parser.parse_args().admin_url
    settings = load_settings([DatabaseSettings])
    name, _ = database_for(DatabaseName.auth, settings.environment)
    outcomes = await set_up_all(settings, [name], admin_url=admin_url, create=True)
    if not report(outcomes, Console(highlight=False)):
        return 1
    print("An administrator is made by: python scripts/create_admin.py --username NAME")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(asyncio.run(main()))
    except SettingsError as error:
        sys.exit(str(error))
