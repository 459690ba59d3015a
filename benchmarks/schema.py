"""Input made from the OpenAPI document against a server of its own: `python -m benchmarks.schema --examples 50`.

Every route is called as nobody, as a user and as an administrator, with input that fits and with input that does not.
Prints the number of calls, the statuses, how many answers were a 5xx, how many faults there were (undocumented
statuses, types or forms included), and how many calls asked for a model that has to be configured first.
"""

import argparse
import json
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from benchmarks.serving import get, place, seconds_until, start_here, stop
from tests.schema.fuzzing import Fuzzer, Report

PASSWORD = "testpassword123"  # noqa: S105 - of a server that lives for a minute
TOO_MANY = 429
SETTINGS = {
    "RAG_CONTINUOUS_INDEXING_ENABLED": "false",
    "RATE_LIMIT_AUTH": "1000000/minute",
    "GATEKEEPER_PBKDF2_ITERATIONS": "1000",
    "LOG_LEVEL": "ERROR",
}


def post(url: str, body: dict[str, str]) -> dict[str, str]:
    """Return the JSON that is answered to a body; failed logins that came before may make it wait."""
    request = Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})  # noqa: S310 - our own server
    while True:
        try:
            with urlopen(request, timeout=30) as answer:  # noqa: S310 - same
                found: dict[str, str] = json.load(answer)
                return found
        except HTTPError as error:
            if error.code != TOO_MANY:
                raise
            time.sleep(float(error.headers["Retry-After"]))


def main(examples: int) -> bool:
    """Start the server, call it, and say what came of it; return whether nothing was wrong."""
    with TemporaryDirectory() as nothing, place(Path(nothing)) as (url, environment):
        server = start_here(environment | SETTINGS)
        try:
            seconds_until(f"{url}/api/health/live", bool)
            for username in ("admin", "user"):
                post(f"{url}/api/auth/register", {"username": username, "password": PASSWORD})
            fuzzer = Fuzzer(get(f"{url}/openapi.json"), url, examples, random=True)
            reports = [called(fuzzer, url, caller) for caller in ("anonymous", "user", "admin")]
        finally:
            stop(server)
    return not any(report.faults for report in reports)


def called(fuzzer: Fuzzer, url: str, caller: str) -> Report:
    """Call every route as somebody and print what came of it."""

    def headers() -> dict[str, str]:
        if caller == "anonymous":
            return {}
        pair = post(f"{url}/api/auth/login", {"username": caller, "password": PASSWORD})
        return {"Authorization": f"Bearer {pair['access_token']}"}

    report = Report()
    fuzzer.run(headers, report)
    failed = sum(count for status, count in report.statuses.items() if status >= 500) - report.unset
    counted = f"{report.cases:6} calls  5xx: {failed}  faults: {len(report.faults)}  unset: {report.unset}"
    print(f"{caller:10} {counted}  {dict(sorted(report.statuses.items()))}", flush=True)
    for fault in report.faults[:20]:
        print(f"    {fault}")
    return report


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=20, help="inputs of each mode for each route and caller")
    sys.exit(0 if main(parser.parse_args().examples) else 1)
