"""The settings in the code, in env.example and in the README are the same."""

import re
from pathlib import Path

from app.core.settings import Settings, Slice
from app.directory import SETTINGS

ROOT = Path(__file__).resolve().parents[1]


KINDS: tuple[type[Slice], ...] = (Settings, *SETTINGS)
IN_CODE = {name for kind in KINDS for name in kind.variables()}


def test_env_example_names_every_setting_and_no_other() -> None:
    text = (ROOT / "env.example").read_text()
    assert set(re.findall(r"^#?([A-Z0-9_]+)=", text, re.MULTILINE)) == IN_CODE


def test_env_example_changes_nothing() -> None:
    text = (ROOT / "env.example").read_text()
    assert not [line for line in text.splitlines() if line and not line.startswith("#")]


def test_the_readme_documents_every_setting_and_no_other() -> None:
    rows = [line.split("|")[1] for line in (ROOT / "README.md").read_text().splitlines() if line.startswith("| `")]
    named = {name for row in rows for name in re.findall(r"`([A-Z0-9_]{3,})`", row)}
    assert named == IN_CODE
