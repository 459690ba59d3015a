"""Make an administrator, or make one of an account that exists.

Usage: python scripts/create_admin.py --username NAME [--email ADDRESS] [--password-stdin | --generate]
       python scripts/create_admin.py --username NAME --promote
The password is asked for without showing it, read from standard input, or generated and printed once. It is never an
argument: those are seen by every user of the machine and stay in the shell's history.
"""

import argparse
import asyncio
import getpass
import secrets
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from pydantic import ValidationError

from app.core.errors import ApiError
from app.core.settings import Settings, SettingsError, load_settings
from app.db.embedded import EmbeddedServerError
from app.db.faults import in_words
from app.db.provision import open_for_script
from app.db.settings import DatabaseName, DatabaseSettings, database_for
from app.services.gatekeeper.administrators import make_administrator, promote
from app.services.gatekeeper.schemas import Registration
from app.services.gatekeeper.settings import GatekeeperSettings


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--username", required=True)
    parser.add_argument("--email")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
    how.add_argument("--generate", action="store_true", help="make a password and print it once")
    how.add_argument("--promote", action="store_true", help="the account exists: make it an administrator")
    return parser.parse_args()


def password(asked: argparse.Namespace) -> str:
    """Return the password of the new account."""
    if asked.generate:
        return secrets.token_urlsafe(18)
    if asked.password_stdin:
        return sys.stdin.readline().rstrip("\n")
    first = getpass.getpass("Password: ")
    if first != getpass.getpass("Again: "):
        sys.exit("The two passwords differ.")
    return first


async def act(settings: Settings, asked: argparse.Namespace, registration: Registration | None) -> str:
    """Do it, and return what was done."""
    name, _ = database_for(DatabaseName.auth, settings.environment)
    async with open_for_script(settings, name, "auth") as database:
        try:
            if registration is None:
                await promote(database, asked.username)
                return f"{asked.username} is an administrator now."
            iterations = settings.of(GatekeeperSettings).gatekeeper_pbkdf2_iterations
            await make_administrator(database, registration, iterations)
        except (ApiError, LookupError):
            raise
        except Exception as error:  # noqa: BLE001 - the edge to the driver: one sentence
            sys.exit(in_words(error, database.url))
    shown = f" Its password is {registration.password}" if asked.generate else ""
    return f"The administrator {asked.username} was made.{shown}"


def main() -> None:
    """Make or promote one account."""
    asked = parse()
    settings = load_settings([DatabaseSettings, GatekeeperSettings])
    registration = None
    if not asked.promote:
        registration = Registration(username=asked.username, email=asked.email, password=password(asked))
    print(asyncio.run(act(settings, asked, registration)))


if __name__ == "__main__":
    try:
        main()
    except ValidationError as error:
        sys.exit("\n".join(f"{item['loc'][0] if item['loc'] else 'account'}: {item['msg']}" for item in error.errors()))
    except (ApiError, LookupError, SettingsError, EmbeddedServerError) as error:
        sys.exit(str(error.args[0] if error.args else error))
