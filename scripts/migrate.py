"""Migrate the databases.

Usage: python scripts/migrate.py {upgrade,downgrade,history,current} {main,auth,ecs,e2e,ecs_e2e,all}
       python scripts/migrate.py create {main,auth,ecs} --message "add a table"
"""

import argparse
import asyncio
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from alembic import command
from alembic.util.exc import CommandError

from app.core.registry import ServiceFailed
from app.core.settings import Settings, SettingsError, load_settings
from app.db.embedded import EmbeddedServerError
from app.db.faults import in_words
from app.db.migrations.history import config, current, head, migrate
from app.db.provision import address_for_script, open_for_script, provision
from app.db.settings import DatabaseName, DatabaseSettings
from app.db.urls import asyncpg_url


async def act(settings: Settings, action: str, name: DatabaseName) -> None:
    """Do `action` on every history of one database, and print what came of it.

    Raises:
        ServiceFailed: The database cannot be used; says why.
    """
    async with address_for_script(settings, name) as address:
        try:
            if action == "upgrade":
                done = await provision(address, name)
                print(f"{name}: {', '.join(done) or 'already at the newest revision'}")
                return
            for history in name.histories:
                async with open_for_script(settings, name, history) as database:
                    if action == "downgrade":
                        await migrate(database, history, "-1")
                    found = await current(database, history) or "nothing"
                    print(f"{name} {history}: at {found}, newest {head(history)}")
        except ServiceFailed:
            raise
        except CommandError as error:
            raise ServiceFailed(str(error)) from error
        except Exception as error:  # the edge to the driver: whatever it raises becomes one sentence
            raise ServiceFailed(in_words(error, asyncpg_url(address.url))) from error


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("action", choices=["upgrade", "downgrade", "history", "current", "create"])
    parser.add_argument("database", choices=[*DatabaseName, "all"])
    parser.add_argument("--message", "-m", help="what the new migration does, for create")
    return parser.parse_args()


def main() -> int:
    """Run one action on each database asked for; one that fails does not keep the others from it."""
    asked = parse()
    settings = load_settings([DatabaseSettings])
    names = list(DatabaseName) if asked.database == "all" else [DatabaseName(asked.database)]
    if asked.action == "create":
        if len(names) != 1 or len(names[0].histories) != 1 or not asked.message:
            sys.exit("create takes one of main, auth and ecs, and --message.")
        command.revision(config(names[0].histories[0]), message=asked.message, autogenerate=True)
        return 0
    if asked.action == "history":
        for history in dict.fromkeys(history for name in names for history in name.histories):
            command.history(config(history), indicate_current=False)
        return 0
    failures = 0
    for name in names:
        try:
            asyncio.run(act(settings, asked.action, name))
        except (ServiceFailed, EmbeddedServerError) as error:
            failures += 1
            print(f"{name}: {error}", file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (SettingsError, EmbeddedServerError, CommandError) as error:
        sys.exit(str(error))
