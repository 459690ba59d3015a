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

from app.core.settings import SettingsError, load_settings
from app.db.embedded import EmbeddedServerError
from app.db.migrations.history import config, current, head, migrate
from app.db.provision import migrate_from_nothing, open_for_script, schema_of
from app.db.settings import DatabaseName, DatabaseSettings


async def act(action: str, name: DatabaseName) -> None:
    """Do `action` on every history of one database, and print what came of it."""
    settings = load_settings([DatabaseSettings])
    for history in name.histories:
        async with open_for_script(settings, name, history) as database:
            if action == "upgrade":
                changed = await migrate_from_nothing(database, schema_of(name, history), history)
                print(f"{name} {history}: {'upgraded to' if changed else 'already at'} {head(history)}")
            elif action == "downgrade":
                await migrate(database, history, "-1")
                print(f"{name} {history}: now at {await current(database, history) or 'nothing'}")
            else:
                print(f"{name} {history}: at {await current(database, history) or 'nothing'}, newest {head(history)}")


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("action", choices=["upgrade", "downgrade", "history", "current", "create"])
    parser.add_argument("database", choices=[*DatabaseName, "all"])
    parser.add_argument("--message", "-m", help="what the new migration does, for create")
    return parser.parse_args()


def main() -> None:
    """Run one action."""
    asked = parse()
    names = list(DatabaseName) if asked.database == "all" else [DatabaseName(asked.database)]
    if asked.action == "create":
        if len(names) != 1 or len(names[0].histories) != 1 or not asked.message:
            sys.exit("create takes one of main, auth and ecs, and --message.")
        command.revision(config(names[0].histories[0]), message=asked.message, autogenerate=True)
    elif asked.action == "history":
        for history in dict.fromkeys(history for name in names for history in name.histories):
            command.history(config(history), indicate_current=False)
    else:
        for name in names:
            asyncio.run(act(asked.action, name))


if __name__ == "__main__":
    try:
        main()
    except (SettingsError, EmbeddedServerError) as error:
        sys.exit(str(error))
    except OSError as error:
        sys.exit(f"The database does not answer: {error.strerror or error}")
