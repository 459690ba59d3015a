"""The first minutes of a newcomer: start on nothing, index a tree, stop, start again.

Usage: python -m benchmarks.first_minutes [--root DIRECTORY]
Without a directory the standard library of this Python is indexed. Dependencies are installed already, or the first
start includes their installation.
"""

import argparse
import sysconfig
from pathlib import Path

from benchmarks.serving import get, idle, place, seconds_until, start, stop


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, default=Path(sysconfig.get_path("stdlib")))
    with place(parser.parse_args().root.resolve()) as (url, environment):
        server = start(environment)
        cold = seconds_until(f"{url}/api/health", lambda _: True)
        rest = seconds_until(f"{url}/api/rag/indexing", idle)
        now = get(f"{url}/api/rag/indexing")
        stopped = stop(server)
        server = start(environment)
        warm = seconds_until(f"{url}/api/health", lambda _: True)
        rescan = seconds_until(f"{url}/api/health", lambda now: now["services"]["indexing"]["status"] == "running")
        rescan += seconds_until(f"{url}/api/rag/indexing", lambda now: now["state"] == "idle")
        stop(server)
    print(f"first start until health answers   {cold:7.2f} s")
    print(f"and until pending is 0             {rest:7.2f} s  {now['indexed']} files, {now['chunks']} chunks")
    print(f"stop                               {stopped:7.2f} s")
    print(f"second start until health answers  {warm:7.2f} s")
    print(f"and until the tree was compared    {rescan:7.2f} s")


if __name__ == "__main__":
    main()
