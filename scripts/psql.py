"""Open psql on one of the databases; the embedded server is started if nothing else did.

Usage: python scripts/psql.py {main,auth,ecs,e2e,ecs_e2e} [psql's own options]
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from app.core.settings import load_settings
from app.db.embedded import EmbeddedServerError, attach_blocking
from app.db.settings import DatabaseName, DatabaseSettings


def main() -> int:
    """Run psql and return its exit code."""
    try:
        name = DatabaseName(sys.argv[1] if len(sys.argv) > 1 else "main")
    except ValueError:
        sys.exit(f"There is no database {sys.argv[1]!r}; there are {', '.join(DatabaseName)}.")
    settings = load_settings([DatabaseSettings])
    if url := settings.of(DatabaseSettings).url(name):
        return subprocess.call([shutil.which("psql") or "psql", url, *sys.argv[2:]])
    with attach_blocking(settings.data_dir) as servers:
        environment = os.environ | servers.client_environment(name.default_database)
        return subprocess.call([servers.psql_binary, *sys.argv[2:]], env=environment)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except EmbeddedServerError as error:
        sys.exit(str(error))
