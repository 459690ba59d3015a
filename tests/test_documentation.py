"""What is documented is what is there: settings, routes, error codes, commands."""

import re
from pathlib import Path

from app.core.settings import Settings, Slice, load_settings
from app.directory import SETTINGS
from app.factory import create_app
from app.reference import errors, reference

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


def test_the_reference_is_that_of_the_code() -> None:
    assert (ROOT / "docs" / "reference.md").read_text() == reference(create_app(load_settings(SETTINGS))), "make docs"


def test_every_error_code_belongs_to_one_error() -> None:
    codes = [kind.code for kind in errors()]
    assert len(codes) == len(set(codes))


def test_every_script_and_every_target_of_make_is_in_the_readme() -> None:
    readme, makefile = (ROOT / "README.md").read_text(), (ROOT / "Makefile").read_text()
    scripts = {f"scripts/{file.name}" for file in (ROOT / "scripts").glob("*.py")}
    targets = set(re.findall(r"^([a-z]+):.*##", makefile, re.MULTILINE))
    assert {name for name in scripts if name not in readme + makefile} == set()
    assert {name for name in targets if f"`make {name}" not in readme} == set()
