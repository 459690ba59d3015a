"""Sign tokens with a new key; those that are signed with the old one are accepted until they expire.

Usage: python scripts/rotate_key.py
A key that lies in REYNARD_DATA_DIR is replaced; all processes sign with the new one once they are restarted, at the
same time. Where SECRET_KEY is set, a new key is made and it is told what to set. If a key became known to others, do
not rotate it: remove the file, or set another SECRET_KEY and none before it, and everybody logs in again.
"""

import argparse
import secrets
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from app.core.settings import Settings, SettingsError, load_settings
from app.services.gatekeeper.kept_keys import KeyFileDamaged, rotate_file
from app.services.gatekeeper.secret_key import kept_in
from app.services.gatekeeper.settings import GatekeeperSettings

TOLD = """\
SECRET_KEY is set, so it is yours to change:
1. Put this new key into SECRET_KEYS_PREVIOUS, beside what is there, and restart each process: {key}
2. Make it SECRET_KEY, put the old SECRET_KEY into SECRET_KEYS_PREVIOUS in its place, and restart each process.
3. After {days} days remove the old key.
With one process the second step is enough."""


def rotate(settings: Settings) -> str:
    """Put a new key in place and return what was done, or what to do."""
    mine = settings.of(GatekeeperSettings)
    if mine.secret_key is not None:
        return TOLD.format(key=secrets.token_urlsafe(48), days=mine.refresh_seconds // 86_400)
    file = kept_in(settings)
    try:
        keys = rotate_file(file, mine.refresh_seconds)
    except FileNotFoundError:
        return f"There is no key in {file} yet: the first start makes one."
    except KeyFileDamaged:
        sys.exit(f"{file} is damaged: delete it, and everybody logs in again.")
    except OSError as error:
        sys.exit(f"{file} cannot be written ({type(error).__name__}): let this user write there.")
    return f"A new key signs from the next start on; older keys that are still accepted: {len(keys) - 1}."


def main() -> None:
    """Rotate the key of this installation."""
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    print(rotate(load_settings([GatekeeperSettings])))


if __name__ == "__main__":
    try:
        main()
    except SettingsError as error:
        sys.exit(str(error))
