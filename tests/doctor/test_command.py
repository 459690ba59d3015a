"""`python -m app.doctor` as a person types it, in a directory of their own."""

import json
import os
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from app.core.settings import Settings, Slice
from app.directory import SETTINGS

ROOT = Path(__file__).resolve().parents[2]
KINDS: tuple[type[Slice], ...] = (Settings, *SETTINGS)
KNOWN = {name for kind in KINDS for name in kind.variables()}
PASSWORD = "do-not-print-me-9321"

Said = dict[str, list[tuple[str, str]]]


def doctor(home: Path, *arguments: str, **variables: str) -> tuple[int, str]:
    environment = {key: value for key, value in os.environ.items() if key.upper() not in KNOWN}
    settings = {"PORT": "0", "PYTHONPATH": str(ROOT), "COLUMNS": "1000"}
    ended = subprocess.run(
        [sys.executable, "-m", "app.doctor", *arguments],
        cwd=home,
        env=environment | settings | variables,
        stdout=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )
    return ended.returncode, ended.stdout


def lines(said: str) -> Said:
    """Return what was said of each subject."""
    found: Said = {}
    for line in json.loads(said):
        found.setdefault(line["subject"], []).append((line["verdict"], line["sentence"]))
    return found


@pytest.fixture
def home(tmp_path: Path) -> Path:
    place = tmp_path / "a home with spaces"
    place.mkdir()
    return place


def test_nothing_set_is_well_and_leaves_nothing_behind(home: Path) -> None:
    code, said = doctor(home)
    assert code == 0, said
    assert not [line for line in said.splitlines() if line.startswith("problem ")]
    assert {line.split()[0] for line in said.splitlines()[:-1]} <= {"ok", "warning"}
    for subject in ("python", "wheels", "git", "clock", "main_database", "cache", "inotify watches", "MiniLM"):
        assert f" {subject} " in said
    assert list(home.iterdir()) == []


def test_an_unreachable_database_is_a_problem_and_its_password_is_not_shown(home: Path) -> None:
    code, said = doctor(home, "--json", DATABASE_URL=f"postgresql://ann:{PASSWORD}@127.0.0.1:9/reynard")
    found = lines(said)
    assert code == 1
    assert PASSWORD not in said
    ((verdict, sentence),) = found["main_database"]
    assert verdict == "problem"
    assert "127.0.0.1:9" in sentence
    assert found["auth_database"][0][0] == "ok", "one problem hides nothing else"


def test_settings_that_cannot_be_used_are_problems_without_their_secret(home: Path) -> None:
    code, said = doctor(home, "--json", DATABASE_URL=f"mysql://ann:{PASSWORD}@somewhere/else", PORT="many")
    assert code == 1
    assert PASSWORD not in said
    assert [verdict for verdict, _ in lines(said)["settings"]] == ["problem", "problem"]


def test_production_is_held_to_more(home: Path) -> None:
    (home / ".env").write_text("ENVIRONMENT=production\nDEBUG=true\nAUTH_ANONYMOUS_READ=true\n")
    (home / ".env").chmod(0o644)
    code, said = doctor(home, "--json")
    found = lines(said)
    assert code == 1
    assert found["gatekeeper"][0][0] == "problem"
    assert ("problem", f"others on this machine can read {home}/.env: chmod go= {home}/.env") in found["permissions"]
    assert ("problem", "DEBUG is on: unset it") in found["production"]
    assert any("AUTH_ANONYMOUS_READ=false" in sentence for _, sentence in found["production"])


def test_a_watch_root_that_is_not_there_is_a_problem_once(home: Path) -> None:
    code, said = doctor(home, "--json", RAG_CONTINUOUS_INDEXING_WATCH_ROOT=str(home / "gone"))
    assert code == 1
    assert [subject for subject, said_of in lines(said).items() if said_of[0][0] == "problem"] == ["indexing"]


class Health(BaseHTTPRequestHandler):
    """A program at our address; `body` is what it answers."""

    body = b""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.mark.parametrize(
    ("body", "code", "verdict", "words"),
    [
        (b'{"status": "healthy", "version": "9", "services": {"rag": {"status": "running"}}}', 0, "ok", "Reynard 9"),
        (
            b'{"status": "degraded", "version": "9", "services": {"ollama": {"status": "degraded", "reason": "away"}}}',
            *(0, "warning", "ollama is degraded (away)"),
        ),
        (b"<html>", 1, "problem", "set HOST or PORT"),
    ],
)
def test_who_has_the_address(home: Path, body: bytes, code: int, verdict: str, words: str) -> None:
    handler = type("Handler", (Health,), {"body": body})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as other:
        serving = Thread(target=other.serve_forever)
        serving.start()
        try:
            ended, said = doctor(home, "--json", PORT=str(other.server_port))
        finally:
            other.shutdown()
            serving.join()
    assert (ended, lines(said)["address"][0][0]) == (code, verdict)
    assert words in lines(said)["address"][0][1]
