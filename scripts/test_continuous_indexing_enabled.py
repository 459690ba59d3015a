"""Say whether continuous indexing is on, and why not.

Usage: python scripts/test_continuous_indexing_enabled.py [--url URL]
Asks the server at URL (by default http://127.0.0.1:8000). Where none answers there, and no URL was given, the settings
in this directory tell whether it would be on. Exits with 1 when it is off.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from app.core.settings import SettingsError, load_settings
from app.directory import SETTINGS
from scripts.continuous_indexing.checks import why_not_running
from scripts.continuous_indexing.server import DEFAULT_URL, Server, Unanswered
from scripts.continuous_indexing.settings import why_off


def answer(url: str | None) -> tuple[bool, str]:
    """Return whether it is on, and a sentence.

    Raises:
        Unanswered: No server is at the address that was given.
        SettingsError: The settings cannot be used.
    """
    server = Server(url or DEFAULT_URL)
    if url or server.answers():
        reason = why_not_running(server)
        return reason is None, reason or f"Continuous indexing is on at {server.url}."
    reason = why_off(load_settings(SETTINGS, refuse_unknown=True))
    return reason is None, reason or "No server runs; with these settings continuous indexing will be on."


def main() -> int:
    """Ask and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url")
    try:
        on, sentence = answer(parser.parse_args().url)
    except (Unanswered, SettingsError) as error:
        on, sentence = False, str(error)
    print(sentence, file=sys.stdout if on else sys.stderr)
    return int(not on)


if __name__ == "__main__":
    sys.exit(main())
