"""Check that continuous indexing works: the settings, the numbers, a file that is saved and deleted.

Usage: python scripts/test_continuous_indexing.py [--url URL] [--fresh] [--config-only] [--verbose]
Asks the server at URL (by default http://127.0.0.1:8000); where none answers there and no URL was given, or with
--fresh, a server is started on a temporary tree. In the tree of a running server one file is written and deleted again.
Exits with 1 and says in sentences what is wrong.
"""

import argparse
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from app.core.settings import SettingsError, load_settings
from app.directory import SETTINGS
from app.services.rag.settings import RagSettings
from scripts.continuous_indexing.checks import follow_a_file, place_to_write, settle, why_not_running
from scripts.continuous_indexing.server import DEFAULT_URL, Server, Unanswered, fresh_server
from scripts.continuous_indexing.settings import doubtful, shown, why_off


def settings_faults(say: Callable[[str], None]) -> list[str]:
    """Return what is wrong with the settings in this directory."""
    try:
        settings = load_settings(SETTINGS, refuse_unknown=True)
    except SettingsError as error:
        return str(error).splitlines()
    rag = settings.of(RagSettings)
    for sentence in shown(rag):
        say(sentence)
    off = why_off(settings)
    return [*([off] if off else []), *doubtful(rag)]


def server_faults(server: Server, root: Path | None, say: Callable[[str], None]) -> list[str]:
    """Return what is wrong with a server; without a tree, its own is written to if that may be."""
    if reason := why_not_running(server):
        return [reason]
    faults = settle(server, say)
    place = root or place_to_write(server)
    if place is None:
        return [*faults, "No watched directory of the server can be written from here: run this where its files are."]
    return faults + follow_a_file(server, place, say)


def main() -> int:
    """Check and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url")
    parser.add_argument("--fresh", action="store_true", help="start a server of our own whatever runs")
    parser.add_argument("--config-only", action="store_true", help="look at the settings alone")
    parser.add_argument("--verbose", action="store_true", help="say also what is well")
    asked = parser.parse_args()
    say: Callable[[str], None] = print if asked.verbose else lambda _: None
    faults = settings_faults(say)
    if not asked.config_only and (asked.url or not faults):
        with ExitStack() as stack:
            try:
                server, root = Server(asked.url or DEFAULT_URL), None
                if asked.fresh or not (asked.url or server.answers()):
                    say("No server is asked: a fresh one is started on a temporary tree.")
                    server, root = stack.enter_context(fresh_server())
                faults += server_faults(server, root, say)
            except Unanswered as error:
                faults.append(str(error))
    for fault in faults:
        print(f"WRONG: {fault}", file=sys.stderr)
    if not faults:
        print("The settings are good." if asked.config_only else "Continuous indexing works.")
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
