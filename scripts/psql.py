"""Open psql on one of the databases; the embedded server is started if nothing else did.

Usage: python scripts/psql.py {main,auth,ecs,e2e,ecs_e2e} [psql's own options]
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from app.core.settings import SettingsError, load_settings
from app.db.embedded import EmbeddedServerError, attach_blocking
from app.db.embedded.binaries import choose_postgres
from app.db.settings import DatabaseName, DatabaseSettings
from app.db.urls import asyncpg_url


def main() -> int:
    """Run psql and return its exit code."""
    try:
        name = DatabaseName(sys.argv[1] if len(sys.argv) > 1 else "main")
    except ValueError:
        sys.exit(f"There is no database {sys.argv[1]!r}; there are {', '.join(DatabaseName)}.")
    settings = load_settings([DatabaseSettings])
    if configured := settings.of(DatabaseSettings).url(name):
        url = asyncpg_url(configured).set(drivername="postgresql")
        # The password goes by the environment: the command line is seen by every user of the machine.
        environment = os.environ | ({"PGPASSWORD": url.password} if url.password else {})
        place = url._replace(password=None).render_as_string()
        return subprocess.call([psql(), place, *sys.argv[2:]], env=environment)
    with attach_blocking(settings.data_dir) as servers:
        environment = os.environ | servers.client_environment(name.default_database)
        return subprocess.call([servers.psql_binary, *sys.argv[2:]], env=environment)


def psql() -> str:
    """Return the psql of this machine, or the one that comes with the embedded server.

    Raises:
        EmbeddedServerError: There is neither.
    """
    return shutil.which("psql") or str(choose_postgres(set()).bin_dir / "psql")


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (SettingsError, EmbeddedServerError) as error:
        sys.exit(str(error))
